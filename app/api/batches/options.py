"""Options of a batch from its query and body, in the words of either dialect."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.api.http.request_context import AnyRequest
from app.dialects.batches.schemas import BatchOptionsBody
from app.dialects.body_reader import names_of, read_body, unknown_members
from app.dialects.submission import lookup_options
from app.domain.errors import FieldError
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import FIELDS_OF, EnrichmentType

WEBHOOK_URL = "webhook_url"
IN_QUERY = tuple(name for name in names_of(BatchOptionsBody) if name != "metadata")
# The other dialect's names for the same.
_CAMEL = {
    "enrichmentType": "enrichment_type",
    "webhookUrl": WEBHOOK_URL,
    "forceRefresh": "force_refresh",
    "maxCostUsd": "max_cost_usd",
}
_LISTS, _FLAGS = ("fields", "providers"), ("strict", "force_refresh")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a batch; `warnings` are sentences for the client. `webhook_url` is not vetted."""

    options: LookupOptions
    strict: bool
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


def read_options(query: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[ReadOptions, list[FieldError]]:
    """Read the options.

    Args:
        query: Options that stand in the query.
        body: Members of the body other than its contacts; they overrule the query.

    Returns:
        The options, and every fault found; they are only meaningful when there is none.
    """
    faults: list[FieldError] = []
    asked, given = _one_dialect(query, faults), _one_dialect(body, faults)
    asked.pop("metadata", None)
    given = {name: value for name, value in given.items() if value is not None or name not in asked}
    # An option that is overruled must be right as well.
    read_body(BatchOptionsBody, {name: value for name, value in asked.items() if name in given}, faults)
    merged = asked | given
    read = read_body(BatchOptionsBody, merged, faults)
    warnings = unknown_members(BatchOptionsBody, merged)
    kind = read.enrichment_type or EnrichmentType.EMAIL
    if read.fields:
        chosen = next(one for one, fields in FIELDS_OF.items() if set(fields) == set(read.fields))
        if merged.get("enrichment_type") is not None and kind is not chosen:
            warnings = (*warnings, "enrichment_type says something else than fields and was ignored")
        kind = chosen
    options = ReadOptions(options=lookup_options(read, kind), strict=bool(read.strict), warnings=warnings)
    return options, faults


def _one_dialect(given: Mapping[str, Any], problems: list[FieldError]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        known = _CAMEL.get(name, name)
        if known in found:
            problems.append(FieldError(field=name, message=f"says the same as {known}; give one of them"))
        found[known] = value
    return found
