"""Read the contact of one row of an upload, or what is wrong with it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.dialects.body_reader import read_body
from app.dialects.submission import read_contact
from app.domain.columns import headings
from app.domain.columns.choice import ColumnMapping, choose
from app.domain.columns.headings import Attribute
from app.domain.columns.recognition import fold, folded, known_headings, recognise
from app.domain.columns.row import RowColumns
from app.domain.contacts.contact import RawContact
from app.domain.contacts.field_aliases import EXPECTED
from app.domain.contacts.member_warning import MemberWarning
from app.domain.errors import FieldError
from app.domain.runs.batch import MAX_COLUMNS, GivenRow

# Objects of exports that hold a contact, or what is known of its company.
_OF_A_COMPANY = folded(("company", "organization", "organisation", "account", "employer", "current company"))
_OF_ANYTHING = folded(("properties", "fields", "attributes"))
_AROUND = _OF_A_COMPANY | _OF_ANYTHING | folded(("contact", "person", "lead", "profile"))
_OF_A_PERSON = {Attribute.FIRST_NAME, Attribute.LAST_NAME, Attribute.FULL_NAME, Attribute.LINKEDIN_URL}
DEEPEST = 2


def row_of(
    values: dict[str, Any],
    names: Mapping[str, str],
    given: dict[str, Any],
    *,
    line: int | None = None,
    raw: bytes = b"",
) -> GivenRow:
    """Read a row; a member of the wrong type is dropped with a warning where the contact does without it.

    Args:
        values: What it says, by column or member.
        names: For attributes of a contact the column or member that fills them.
        given: What is kept of it.
        line: Where it begins in the file.
        raw: The same byte for byte.
    """
    wrong: list[FieldError] = []
    faults: list[FieldError] = []
    body = read_body(RawContact, values, wrong, names=names)
    contact, warnings = read_contact(body, values, faults, names=names)
    if faults:
        # That the contact names nobody follows from the wrong members.
        faults = [*wrong, *(fault for fault in faults if fault.field or not wrong)]
        return GivenRow(given=given, raw=raw, problems=tuple(faults), line=line)
    dropped = (MemberWarning(field=fault.field, message=fault.message) for fault in dict.fromkeys(wrong))
    return GivenRow(given=given, raw=raw, contact=contact, warnings=(*warnings, *dropped), line=line)


def row_of_object(value: object, *, line: int | None = None, raw: bytes = b"", mapping: ColumnMapping = ()) -> GivenRow:
    """Read a row that is a JSON object, which need not have the members of the one before."""
    if not isinstance(value, dict):
        return bad_row("must be a JSON object", line=line, raw=raw)
    if len(value) > MAX_COLUMNS:
        return bad_row(f"has {len(value)} members, at most {MAX_COLUMNS} are allowed", line=line, raw=raw)
    flat = value
    if any(isinstance(part, dict) for part in value.values()):
        flat = {}
        _flatten(value, flat, opens_all=bool(mapping))
    columns = _columns_of(tuple(flat), mapping)
    if not columns.names:
        problem = FieldError(field="", message=f"has no member to look a person up by; expected are {EXPECTED}")
        return GivenRow(given=value, raw=raw, problems=(problem,), line=line)
    values, names = columns.read(list(flat.values()))
    return row_of(values, names, value, line=line, raw=raw)


def _flatten(
    value: Mapping[str, Any], flat: dict[str, Any], above: str = "", depth: int = 0, *, opens_all: bool
) -> None:
    """Add the members of objects that exports put around a contact, and those of its company as ``company.name``.

    What is there and not empty stays. Where a person is named, another one is not looked for unless the client
    says which members are read.
    """
    inner = []
    for name, part in value.items():
        if isinstance(part, dict) and depth < DEEPEST and fold(name) in _AROUND:
            inner.append((name, part))
        elif _is_empty(flat.get(f"{above}{name}")):
            flat[f"{above}{name}"] = part
    for name, part in inner:
        if fold(name) in _OF_A_COMPANY:
            _flatten(part, flat, f"{name}.", depth + 1, opens_all=opens_all)
        elif opens_all or (above and fold(name) in _OF_ANYTHING) or not any(map(_names_person, flat, flat.values())):
            _flatten(part, flat, above, depth + 1, opens_all=opens_all)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _names_person(member: str, value: object) -> bool:
    return not _is_empty(value) and _is_of_a_person(member)


@lru_cache(maxsize=1024)
def _is_of_a_person(member: str) -> bool:
    key = recognise(member, slips=False)
    known = known_headings().get(key)
    return known[0] in _OF_A_PERSON if known else key in folded(headings.FIRST_OR_FULL + headings.LAST_OR_FULL)


@lru_cache(maxsize=32)
def _columns_of(members: tuple[str, ...], mapping: ColumnMapping) -> RowColumns:
    return RowColumns(choose(members, mapping, must_exist=False))


def bad_row(message: str, *, line: int | None, given: dict[str, Any] | None = None, raw: bytes = b"") -> GivenRow:
    """Make a row that cannot be read."""
    return GivenRow(given=given or {}, raw=raw, problems=(FieldError(field="", message=message),), line=line)
