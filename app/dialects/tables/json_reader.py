"""Read JSON uploads row by row: a line each (NDJSON), or the `contacts` of one document that is never held whole."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO, Any, NoReturn

import msgspec

from app.dialects.json_parser import BOM, parse_json, parse_object, refuse
from app.dialects.tables.json_window import MAX_VALUE, JsonWindow
from app.dialects.tables.kinds import WRAPPERS, is_contact
from app.dialects.tables.row_reader import bad_row, row_of_object
from app.dialects.tables.rows import MAX_BLANK
from app.domain.columns.choice import ColumnMapping, free_name
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_COLUMNS, MAX_ROWS, GivenRow

MAX_LINE = MAX_VALUE
# Of a line that is too long, this many bytes come back in the results.
SHOWN = 1000
# The column of rows that are no objects, in the results.
UNREADABLE = "input"
# Of all members except the contacts.
MAX_HEAD = MAX_VALUE

_CONTACTS = "contacts"


class ColumnNames:
    """The members that rows have, in the order in which they first appeared.

    Attributes:
        has_unreadable: Whether a row was no object.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._names: dict[str, None] = {}
        self.has_unreadable = False

    def note(self, row: GivenRow) -> GivenRow:
        """Note the members of a row, and hand it on.

        Raises:
            InvalidInput: There are more different ones than a table may have columns.
        """
        self._names.update(dict.fromkeys(row.given))
        self.has_unreadable |= not row.raw.startswith(b"{")
        if len(self._names) > MAX_COLUMNS:
            refuse(f"the contacts have more than {MAX_COLUMNS} different members")
        return row

    @property
    def names(self) -> tuple[str, ...]:
        """Those that were noted so far; at the end one for rows that are no objects, where there are such."""
        return (*self._names, *([free_name(UNREADABLE, self._names)] if self.has_unreadable else []))


def lines(file: IO[bytes], mapping: ColumnMapping = ()) -> Iterator[GivenRow]:
    """Read one JSON object a line; empty lines are none."""
    number = blank = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raw = _as_string(line[:SHOWN] + b"...")
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE + 1)
            yield bad_row(f"is longer than {MAX_LINE} bytes", line=number, raw=raw)
            continue
        text = (line.removeprefix(BOM) if number == 1 else line).strip().removesuffix(b",")
        if text:
            yield _row(text, "the line", line=number, mapping=mapping)
            continue
        blank += 1
        if blank > MAX_BLANK:
            refuse(f"the file has more than {MAX_BLANK} blank lines; delete them")


def _row(text: bytes, name: str, *, mapping: ColumnMapping, line: int | None = None) -> GivenRow:
    try:
        value = parse_json(text)
    except InvalidInputError as refusal:
        first = refusal.problems[0]
        message = first.message.replace("the body", name).replace(" at line 1, column", " at column")
        problem = FieldError(field=first.field, message=message)
        return GivenRow(given={}, raw=_as_string(text), problems=(problem,), line=line)
    return row_of_object(value, line=line, raw=text, mapping=mapping)


def _as_string(text: bytes) -> bytes:
    r"""Write what is no proper JSON as a JSON string; bytes that are no text as ``\xff``."""
    return msgspec.json.encode(text.decode(errors="backslashreplace"))


def read_members(members: Sequence[str]) -> dict[str, Any]:
    """Read members that `head_members` found proper."""
    head: dict[str, Any] = {}
    for member in members:
        head |= parse_object(member.encode())
    return head


def head_members(file: IO[bytes]) -> Iterator[str]:
    """Give the members of the document except its contacts, each as an object of its own, and check the rest.

    Raises:
        InvalidInput: It is neither one JSON object with an array `contacts` nor that array, nested too deep, or holds
            too many.
    """
    window = _window(file)
    if window.is_array():
        _count_contacts(window)
        window.end()
        return
    if not window.is_object():
        _ = window.value("the body")
        window.end()
        refuse("the body must be a JSON object")
    holder = _holder(file)
    window = _window(file)
    names: set[str] = set()
    size = 0
    for name in window.members():
        if name in names:
            raise InvalidInputError([FieldError(field=name, message="is given twice")])
        names.add(name)
        if name == holder:
            _count_contacts(window)
            continue
        text = window.value(name)
        size += len(name) + len(text)
        if size > MAX_HEAD:
            refuse(f"the members other than contacts must not exceed {MAX_HEAD} characters")
        # With its name, which says how it is kept.
        member = f"{{{msgspec.json.encode(name).decode()}:{text}}}"
        parse_object(member.encode())
        yield member
    window.end()
    if holder not in names:
        _refuse_contacts(f"is required: an array of up to {MAX_ROWS} objects")


def _window(file: IO[bytes]) -> JsonWindow:
    """Begin to read a document; programs on Windows write a byte order mark before it."""
    file.seek(0)
    if file.read(len(BOM)) != BOM:
        file.seek(0)
    return JsonWindow(file)


def _holder(file: IO[bytes]) -> str:
    """Find the member that holds the contacts: `contacts`, or in a document without it the first known list."""
    window = _window(file)
    found = ""
    names: list[str] = []
    size = 0
    for name in window.members():
        if name == _CONTACTS:
            return name
        if name in WRAPPERS and window.is_array():
            found = found or name
            deque(window.elements("a contact"), maxlen=0)
            continue
        size += len(name) + len(window.value(name))
        if size > MAX_HEAD:
            return found or _CONTACTS  # which is refused as soon as the members are read
        if len(names) < MAX_COLUMNS:
            names.append(name)
    return _CONTACTS if not found or is_contact(names) else found


def _count_contacts(window: JsonWindow) -> None:
    if not window.is_array():
        _refuse_contacts("must be an array of objects")
    for number, _ in enumerate(window.elements("a contact")):
        if number >= MAX_ROWS:
            refuse(f"a batch holds at most {MAX_ROWS} rows; send several")


def contacts(file: IO[bytes], mapping: ColumnMapping = ()) -> Iterator[GivenRow]:
    """Read the contacts of a document that `head_members` found proper."""
    window = _window(file)
    if not window.is_array():
        holder = _holder(file)
        window = _window(file)
        for name in window.members():
            if name == holder:
                break
            window.value(name)
    for text in window.elements("a contact"):
        yield _row(text.encode(), "the contact", mapping=mapping)


def _refuse_contacts(message: str) -> NoReturn:
    raise InvalidInputError([FieldError(field=_CONTACTS, message=message)])
