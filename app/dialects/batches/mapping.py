"""Read the mapping of a batch: which columns fill which members of the contacts."""

import json
from typing import Any

from app.domain.columns.choice import ColumnMapping, attribute_named
from app.domain.runs.file_reading import MEMBERS

# Of a member; and characters of a heading.
MAX_COLUMNS, MAX_HEADING = 100, 1000
_KNOWN = ", ".join((*dict.fromkeys(MEMBERS.values()), "last_name_prefix", "email"))
SHAPE = 'must be an object such as {"domain": "Website"}, or mapping=domain:Website in the query'


def mapping_fault(given: dict[str, Any]) -> str | None:
    """Return what is wrong with a mapping, in a sentence."""
    for member, columns in given.items():
        if attribute_named(member) is None:
            return f"{member[:100]!r} is no member of a contact; known are {_KNOWN}"
        listed = _listed(columns)
        if len(listed) > MAX_COLUMNS or not all(isinstance(one, str) and len(one) <= MAX_HEADING for one in listed):
            return f"{member[:100]!r} must name a column, or a list of at most {MAX_COLUMNS}"
    return None


def read_mapping(given: dict[str, Any] | None) -> ColumnMapping:
    """Read a mapping without fault; null or an empty text leaves a member empty."""
    found: dict[Any, tuple[str, ...]] = {}
    for member, columns in (given or {}).items():
        if attribute := attribute_named(member):
            found[attribute] = (*found.get(attribute, ()), *filter(None, _listed(columns)))
    return tuple(found.items())


def mapping_of_texts(texts: list[str]) -> object:
    """Read a mapping from a query or form: ``domain:Website``, once for each column, or one JSON object.

    Returns:
        The object as JSON would have it; a text that is none of these as it is, for `mapping_fault` to refuse.
    """
    if len(texts) == 1 and texts[0].lstrip().startswith("{"):
        try:
            return json.loads(texts[0])
        except (ValueError, RecursionError):
            return texts[0]
    found: dict[str, list[str]] = {}
    for text in texts:
        member, colon, column = text.partition(":")
        if not colon:
            return text
        found.setdefault(member.strip(), []).append(column.strip())
    return found


def _listed(columns: object) -> list[Any]:
    if columns is None:
        return []
    return columns if isinstance(columns, list) else [columns]
