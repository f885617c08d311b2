"""Options of a batch from its query and body, in the words of either dialect."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app.dialects.batches.mapping import mapping_of_texts, read_mapping
from app.dialects.batches.schemas import BatchOptionsBody
from app.dialects.body_reader import is_blank, read_body, unknown_members
from app.dialects.submission import lookup_options, quote_faults
from app.domain.columns.choice import ColumnMapping
from app.domain.errors import FieldError
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import FIELDS_OF, EnrichmentType

WEBHOOK_URL = "webhook_url"
# The other dialect's names for the same.
_CAMEL = {
    "enrichmentType": "enrichment_type",
    "webhookUrl": WEBHOOK_URL,
    "forceRefresh": "force_refresh",
    "maxCostUsd": "max_cost_usd",
    "quoteId": "quote_id",
    "stopAtQuote": "stop_at_quote",
}
_MAPPING = "mapping"
_LISTS, _FLAGS = ("fields", "providers"), ("strict", "force_refresh", "stop_at_quote")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a batch; `webhook_url` is not vetted.

    Attributes:
        mapping: Which columns fill which members.
        sheet: The name of the sheet of a workbook that is read.
        encoding: Of a table in text.
        warnings: Sentences for the client.
    """

    options: LookupOptions
    strict: bool
    mapping: ColumnMapping = ()
    sheet: str | None = None
    encoding: str | None = None
    warnings: tuple[str, ...] = ()


def from_texts(items: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], list[FieldError]]:
    """Read a query, or the parts of a form, as if they were members of a body.

    Lists are separated by commas, what is empty is absent, and `mapping` may be given several times.
    """
    found: dict[str, Any] = {}
    problems = []
    mapping = []
    for name, text in items:
        if name in found:
            problems.append(FieldError(field=name, message="is given twice"))
        if text == "":
            continue
        if name == _MAPPING:
            mapping.append(text)
        else:
            found[name] = _value(_CAMEL.get(name, name), text)
    return found | ({_MAPPING: mapping_of_texts(mapping)} if mapping else {}), problems


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
    given = {name: one for name, one in given.items() if not (is_blank(one) or one == []) or name not in asked}
    # An option that is overruled must be right as well.
    read_body(BatchOptionsBody, {name: value for name, value in asked.items() if name in given}, faults)
    merged = asked | given
    read = read_body(BatchOptionsBody, merged, faults)
    warnings = unknown_members(BatchOptionsBody, merged)
    kind = EnrichmentType(read.enrichment_type or EnrichmentType.EMAIL)
    if read.fields:
        chosen = next(one for one, fields in FIELDS_OF.items() if set(fields) == set(read.fields))
        if not is_blank(merged.get("enrichment_type")) and kind is not chosen:
            warnings = (*warnings, "enrichment_type says something else than fields and was ignored")
        kind = chosen
    lookup = lookup_options(read, kind)
    faults += quote_faults(lookup)
    options = ReadOptions(
        options=lookup,
        strict=bool(read.strict),
        mapping=read_mapping(read.mapping),
        sheet=read.sheet or None,
        encoding=read.encoding or None,
        warnings=warnings,
    )
    return options, faults


def _one_dialect(given: Mapping[str, Any], problems: list[FieldError]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        known = _CAMEL.get(name, name)
        if is_blank(value) and known in found:
            continue
        if known in found and not is_blank(found[known]):
            problems.append(FieldError(field=name, message=f"says the same as {known}; give one of them"))
        found[known] = value
    return found
