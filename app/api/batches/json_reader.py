"""Reads JSON uploads row by row: a line each (NDJSON), or the `contacts` of one document that is never held whole."""

from collections.abc import Iterator
from typing import IO, Any, NoReturn

import ijson
import msgspec

from app.api.batches.row_reader import bad_row, row_of_object
from app.api.http.json_body import BOM, MAX_DEPTH, WITHOUT_BOM, parse_json
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_COLUMNS, MAX_ROWS, GivenRow

MAX_LINE = 1024 * 1024
# Of all members except the contacts.
MAX_HEAD = 1024 * 1024

_CONTACTS = "contacts"
_OPENS, _CLOSES = frozenset({"start_map", "start_array"}), frozenset({"end_map", "end_array"})


class ColumnNames:
    """The members that rows have, in the order in which they first appeared."""

    def __init__(self) -> None:
        """Begin with none."""
        self._names: dict[str, None] = {}

    def note(self, row: GivenRow) -> GivenRow:
        """Note the members of a row, and hand it on.

        Raises:
            InvalidInput: There are more different ones than a table may have columns.
        """
        self._names.update(dict.fromkeys(row.given))
        if len(self._names) > MAX_COLUMNS:
            _refuse(f"the contacts have more than {MAX_COLUMNS} different members")
        return row

    @property
    def names(self) -> tuple[str, ...]:
        """Those that were noted so far."""
        return tuple(self._names)


def lines(file: IO[bytes]) -> Iterator[GivenRow]:
    """Read one JSON object a line; empty lines are none."""
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE + 1)
            yield bad_row(f"is longer than {MAX_LINE} bytes", line=number)
            continue
        text = (line.removeprefix(BOM) if number == 1 else line).strip()
        if not text:
            continue
        try:
            value = parse_json(text)
        except InvalidInputError as refusal:
            first = refusal.problems[0]
            message = first.message.replace("the body", "the line").replace(" at line 1, column", " at column")
            yield GivenRow(given={}, problems=(FieldError(field=first.field, message=message),), line=number)
        else:
            yield row_of_object(value, line=number)


class _UniqueMembers(dict[str, Any]):
    """An object that remembers a member that was given twice."""

    twice: str | None = None

    def __setitem__(self, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON
        if name in self:
            self.twice = name
        super().__setitem__(name, value)


class _HeadReader:
    """Builds all members but the contacts from a parser's events.

    Attributes:
        has_contacts: Whether the member was seen.
    """

    def __init__(self) -> None:
        self._builder = ijson.ObjectBuilder(map_type=_UniqueMembers)
        self._depth = self._size = 0
        self.has_contacts = False

    @property
    def value(self) -> object:
        return getattr(self._builder, "value", None)

    def take(self, prefix: str, event: str, value: object) -> None:
        self._depth += (event in _OPENS) - (event in _CLOSES)
        if self._depth > MAX_DEPTH:
            _refuse(f"the body is nested deeper than {MAX_DEPTH} levels")
        if prefix.startswith(_CONTACTS) and prefix[len(_CONTACTS) :][:1] in {"", "."}:
            if prefix == _CONTACTS and self._depth == 1 and event != "end_array":
                _refuse_contacts("must be an array of objects")
        elif self._depth == 1 and event == "map_key" and value == _CONTACTS:
            if self.has_contacts:
                _refuse_contacts("is given twice")
            self.has_contacts = True
        else:
            self._size += len(value) if isinstance(value, str) else 1
            if self._size > MAX_HEAD:
                _refuse(f"the members beside contacts must not exceed {MAX_HEAD} bytes")
            self._builder.event(event, value)


def read_head(file: IO[bytes]) -> dict[str, Any]:
    """Read the members of the document except its contacts, and check that it is proper JSON to its end.

    Raises:
        InvalidInput: It is not one JSON object with an array `contacts`, or nested too deep.
    """
    head = _HeadReader()
    if file.read(len(BOM)) == BOM:
        _refuse(WITHOUT_BOM)
    file.seek(0)
    try:
        for prefix, event, value in ijson.parse(file, use_float=True):
            head.take(prefix, event, value)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        _refuse(f"the body is not valid JSON: {_first_line(error)}")
    finally:
        file.seek(0)
    members = head.value
    if not isinstance(members, _UniqueMembers):
        _refuse("the body must be a JSON object")
    if members.twice:
        raise InvalidInputError([FieldError(field=members.twice, message="is given twice")])
    if not head.has_contacts:
        _refuse_contacts(f"is required: an array of up to {MAX_ROWS} objects")
    return _checked(members)


def _first_line(error: Exception) -> str:
    """Read what the parser says, without the piece of the body that it shows below."""
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return text.partition("\n")[0].strip()


def _checked(head: dict[str, Any]) -> dict[str, Any]:
    """Check what was read in pieces as a body that came whole would be."""
    try:
        checked = parse_json(msgspec.json.encode(head))
    except UnicodeEncodeError:
        _refuse("the body holds half a surrogate pair, which is not a character")
    return checked if isinstance(checked, dict) else {}


def contacts(file: IO[bytes]) -> Iterator[GivenRow]:
    """Read the contacts of a document that `read_head` found proper."""
    for value in ijson.items(file, f"{_CONTACTS}.item", use_float=True, map_type=_UniqueMembers):
        problem = _unstorable(value)
        yield bad_row(problem, line=None) if problem else row_of_object(value)


def _unstorable(value: object) -> str | None:
    if isinstance(value, _UniqueMembers) and value.twice is not None:
        return f"gives the member {value.twice!r} twice"
    try:
        written = msgspec.json.encode(value)
    except UnicodeEncodeError:
        return "holds half a surrogate pair, which is not a character"
    return "holds a NUL character, which cannot be stored" if b"\\u0000" in written else None


def _refuse(message: str) -> NoReturn:
    raise InvalidInputError([FieldError(field="", message=message)])


def _refuse_contacts(message: str) -> NoReturn:
    raise InvalidInputError([FieldError(field=_CONTACTS, message=message)])
