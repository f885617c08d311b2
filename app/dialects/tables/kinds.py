"""Recognise the kind of a file by its first bytes, where its media type is missing or wrong."""

import re
from collections.abc import Collection

import msgspec

from app.dialects.tables.csv_table import DELIMITERS
from app.domain.columns.choice import attribute_named, score
from app.domain.columns.headings import Attribute
from app.domain.columns.recognition import fold
from app.domain.runs.batch import Format

HEAD = 64 * 1024

_SAVE = "open it in a spreadsheet and save it as .xlsx or CSV UTF-8"
# Kinds that are not read, by the bytes that they begin with.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        f"an old Excel workbook (.xls) or one with a password; {_SAVE}, without a password",
    ),
    (b"%PDF-", "a PDF document; send the table that it was made from, as .xlsx or CSV"),
    (b"\x1f\x8b", "compressed; unpack it before you send it"),
    (b"Rar!", "an archive; unpack it before you send it"),
    (b"7z\xbc\xaf\x27\x1c", "an archive; unpack it before you send it"),
    (b"BZh", "compressed; unpack it before you send it"),
    (b"{\\rtf", f"a text document (RTF); {_SAVE}"),
    (b"\x89PNG", "an image; send the table itself, as .xlsx or CSV"),
    (b"\xff\xd8\xff", "an image; send the table itself, as .xlsx or CSV"),
    (b"GIF8", "an image; send the table itself, as .xlsx or CSV"),
    (b"\xfd7zXZ\0", "compressed; unpack it before you send it"),
    (b"\x28\xb5\x2f\xfd", "compressed; unpack it before you send it"),
    (b"PAR1", "a Parquet file; export the table as CSV"),
    (b"SQLite format 3\0", "a database (SQLite); export the table as CSV"),
    (b"BEGIN:VCARD", "a list of business cards (vCard); import it into an address book and export that as CSV"),
    (b"ID;P", f"a spreadsheet in an old format (SYLK); {_SAVE}"),
)
# Headings may begin with the letters of some; what follows decides.
_LETTERS = (b"ID;P", b"PAR1", b"BZh", b"Rar!", b"GIF8")
_NO_HEADING = re.compile(
    rb"ID;P[A-Z0-9]*+(?:;[NE])*+\r?\n[PFBCO];|PAR1[^\t\r\n -\xff]|BZh[1-9](?:1AY|\x17rE)|Rar!\x1a|GIF8[79]a"
)
_PACKAGE = b"PK\x03\x04"
_EMPTY_PACKAGE = b"PK\x05\x06"
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|meta|table|body|div|style|script|\?xml|workbook|!--)", re.IGNORECASE)
_OBJECT = re.compile(rb'\s*(?:\[\s*)?\{\s*(?:"|\})')
# Members of a document that hold the contacts.
WRAPPERS = (
    *("contacts", "data", "records", "results", "items", "rows"),
    *("people", "leads", "persons", "prospects", "value", "entries"),
)
_WRAPPED = re.compile(rb'"contacts"|"(?:%b)"\s*:\s*\[\s*\{' % "|".join(WRAPPERS).encode())
# Lists in place of objects, and what is nearly JSON, as programming languages print it.
_LISTS = re.compile(rb'\s*+\[\s*+(?:\[\s*+)?"[^"]*"\s*+,\s*+["\[\d]')
_NEARLY = re.compile(rb"\s*(?:\[\s*\{\s*['\w]|\{\s*'\w+'\s*:)")
_OF_A_PERSON = {Attribute.FIRST_NAME, Attribute.LAST_NAME, Attribute.FULL_NAME, Attribute.LINKEDIN_URL}
# So many known headings make a text a table (`score` counts each twice).
_SURE = 4


def other_kind(head: bytes) -> str | None:
    """Return what a file is that is not read, and what to do; None for the kinds that are."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(text):
        return f"a web page or XML, which many programs save as .xls; {_SAVE}"
    if _LISTS.match(text):
        return 'a JSON list of lists; send objects such as {"first_name": "Rita", "domain": "acme.example"}, or CSV'
    if _NEARLY.match(text):
        return 'nearly JSON: its names and texts must stand in double quotes, such as {"first_name": "Rita"}'
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and _OBJECT.match(head.decode("utf-16", "replace").encode()):
        return "JSON in UTF-16; save it in UTF-8"
    if text.startswith(_LETTERS) and not _NO_HEADING.match(text):
        return None
    return next((kind for begin, kind in _OTHERS if text.startswith(begin)), None)


def find_format(head: bytes, said: Format | None) -> Format:
    """Return the format of a file.

    Args:
        head: Its first `HEAD` bytes.
        said: What its media type says; None where that says nothing, and for types that clients send for any file.
    """
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text.startswith((_PACKAGE, _EMPTY_PACKAGE)):
        return Format.XLSX
    if said in {None, Format.CSV, Format.XLSX}:
        return _json_format(text) if _OBJECT.match(text) else Format.CSV
    if text.lstrip().startswith(b"["):
        return Format.JSON
    if _is_lines(text):
        return Format.NDJSON
    if said is Format.JSON and not text.lstrip().startswith(b"{") and _has_headings(text):
        return Format.CSV
    return said or Format.CSV


def _json_format(text: bytes) -> Format:
    """Return whether objects stand in lines, or in one document with its contacts."""
    if text.lstrip().startswith(b"["):
        return Format.JSON
    line, _, rest = text.strip().partition(b"\n")
    line = line.strip()
    if _is_lines(text) and rest.lstrip().startswith(b"{"):
        return Format.NDJSON
    is_whole = line.endswith(b"}") or _is_lines(text)
    return Format.NDJSON if is_whole and (not _WRAPPED.search(line) or _is_row(line)) else Format.JSON


def _is_row(line: bytes) -> bool:
    """Return whether an object with a list is a contact, and no document around contacts."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    return isinstance(value, dict) and "contacts" not in value and is_contact(value)


def is_contact(members: Collection[str]) -> bool:
    """Return whether an object with such members is a contact; a name alone may be that of a list."""
    known = {attribute: name for name in members if (attribute := attribute_named(name))}
    return not known.keys().isdisjoint(_OF_A_PERSON) or (bool(known) and "name" in map(fold, members))


def _is_lines(text: bytes) -> bool:
    """Return whether the first of several lines is an object by itself."""
    line, _, rest = text.strip().partition(b"\n")
    try:
        return bool(rest) and isinstance(msgspec.json.decode(line.strip().removesuffix(b",")), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _has_headings(text: bytes) -> bool:
    lines = text.decode(errors="replace").splitlines()[:1]
    return any(score(line.split(delimiter))[1] >= _SURE for line in lines for delimiter in DELIMITERS)
