"""What a batch's query and body say about all of its rows, in either dialect's words."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from app.api.http.request_context import AnyRequest
from app.dialects.body_reader import BodyReader, ignored
from app.domain.errors import FieldError
from app.domain.vocabulary import FIELDS_OF, EnrichmentType, Field

WEBHOOK_URL = "webhook_url"
NAMES = ("fields", "enrichment_type", WEBHOOK_URL, "strict", "force_refresh", "providers", "max_cost_usd", "metadata")
IN_QUERY = NAMES[:-1]
# The other dialect's names for the same.
_CAMEL = {
    "enrichmentType": "enrichment_type",
    "webhookUrl": WEBHOOK_URL,
    "forceRefresh": "force_refresh",
    "maxCostUsd": "max_cost_usd",
}
_LISTS, _FLAGS = ("fields", "providers"), ("strict", "force_refresh")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class _OptionsBase(msgspec.Struct, frozen=True, kw_only=True):
    """What query and body may both say. `webhook_url` is not vetted."""

    type: EnrichmentType
    only_providers: tuple[str, ...] | None
    max_cost_usd: Decimal | None
    force_refresh: bool
    strict: bool
    webhook_url: str | None


class _KnownOptions(_OptionsBase, frozen=True, kw_only=True):
    """The same as it was read, with the other way to say what to look for."""

    fields: tuple[Field, ...]


class ReadOptions(_OptionsBase, frozen=True, kw_only=True):
    """The options of a batch; `warnings` are sentences for the client. `webhook_url` is not vetted."""

    metadata: dict[str, Any]
    warnings: tuple[str, ...]


def from_query(request: AnyRequest) -> tuple[dict[str, Any], list[FieldError]]:
    """Read the query as if it were members of a body: lists are separated by commas, what is empty is absent."""
    found: dict[str, Any] = {}
    problems = []
    for name, text in request.query_params.multi_items():
        if name in found:
            problems.append(FieldError(field=name, message="is given twice"))
        if text == "":
            continue
        found[name] = _value(_CAMEL.get(name, name), str(text))
    return found, problems


def _value(name: str, text: str) -> object:
    if name in _LISTS:
        return [part.strip() for part in text.split(",")]
    if name in _FLAGS:
        return _TRUTH.get(text.strip().lower(), text)
    if name == "max_cost_usd":
        try:
            return float(text)
        except ValueError:
            return text
    return text


def read_options(
    query: Mapping[str, Any], body: Mapping[str, Any], known_providers: Collection[str]
) -> tuple[ReadOptions, list[FieldError]]:
    """Read the options.

    Args:
        query: What the query says.
        body: What the body says beside its contacts; it has the last word.
        known_providers: The names that ``providers`` may hold for this key.

    Returns:
        The options, and every problem found; they are only meaningful when there is none.
    """
    problems: list[FieldError] = []
    asked, given = _one_dialect(query, problems), _one_dialect(body, problems)
    given = {name: value for name, value in given.items() if value is not None or name not in asked}
    # What has not the last word must be right all the same.
    overruled = BodyReader({name: value for name, value in asked.items() if name in given})
    _read(overruled, known_providers)
    merged = asked | given
    members = BodyReader(merged)
    read = _read(members, known_providers)
    warnings: list[str] = []
    fields, kind = read.fields, read.type
    if fields:
        chosen = next(one for one, parts in FIELDS_OF.items() if parts == fields)
        if merged.get("enrichment_type") is not None and kind is not chosen:
            warnings.append("enrichment_type says something else than fields and was ignored")
        kind = chosen
    said = ReadOptions(
        type=kind,
        only_providers=read.only_providers,
        max_cost_usd=read.max_cost_usd,
        force_refresh=read.force_refresh,
        strict=read.strict,
        webhook_url=read.webhook_url,
        metadata=members.metadata("metadata") if "metadata" in body else {},
        warnings=(*(ignored(name, NAMES) for name in members.unknown(NAMES)), *warnings),
    )
    return said, problems + overruled.problems + members.problems


def _read(members: BodyReader, known_providers: Collection[str]) -> _KnownOptions:
    """Read what query and body may both say; what is wrong with it stands in the members' problems."""
    return _KnownOptions(
        fields=members.choices("fields", tuple(Field), least=1),
        type=members.kind("enrichment_type"),
        only_providers=members.providers("providers", known_providers),
        max_cost_usd=members.cost("max_cost_usd"),
        force_refresh=members.flag("force_refresh"),
        strict=members.flag("strict"),
        webhook_url=members.url(WEBHOOK_URL),
    )


def _one_dialect(given: Mapping[str, Any], problems: list[FieldError]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        known = _CAMEL.get(name, name)
        if known in found:
            problems.append(FieldError(field=name, message=f"says the same as {known}; give one of them"))
        found[known] = value
    return found
