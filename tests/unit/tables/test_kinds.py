"""Kinds of files: looked at where the media type says nothing, or something wrong; what is not read is named."""

import bz2
import gzip

import pytest

from app.dialects.tables.kinds import WRAPPERS, find_format, other_kind
from app.domain.runs.batch import Format
from tests.rows import each_row
from tests.unit.tables.test_xlsx_table import HEADINGS, RITA, sheet


def workbook() -> bytes:
    file = sheet(HEADINGS, RITA)
    file.seek(0)
    return file.read()


CSV = b"First Name,Last Name\nRita,Moss\n"
NDJSON = b'{"first_name": "Rita"}\n{"first_name": "Jo"}\n'
DOCUMENT = b'{"contacts": [{"first_name": "Rita"}]}'
PRETTY = b'{\n  "contacts": [\n    {"first_name": "Rita"}\n  ]\n}'


@each_row(
    ("body", "said", "format_of_it"),
    [
        (CSV, None, Format.CSV),
        (CSV, Format.CSV, Format.CSV),
        (CSV, Format.XLSX, Format.CSV),
        (CSV, Format.JSON, Format.CSV),
        (b"\xef\xbb\xbf" + CSV, Format.JSON, Format.CSV),
        (b"Vorname;Name;Firma\n", Format.JSON, Format.CSV),
        (b"hello\n", Format.JSON, Format.JSON),
        (b"", Format.JSON, Format.JSON),
        (b"", None, Format.CSV),
        (b"[1, 2]", Format.JSON, Format.JSON),
        (NDJSON, None, Format.NDJSON),
        (NDJSON, Format.CSV, Format.NDJSON),
        (NDJSON, Format.NDJSON, Format.NDJSON),
        (b"\xef\xbb\xbf" + NDJSON, None, Format.NDJSON),
        (DOCUMENT, None, Format.JSON),
        (DOCUMENT, Format.CSV, Format.JSON),
        (DOCUMENT, Format.JSON, Format.JSON),
        (b"\n  " + PRETTY, None, Format.JSON),
        (CSV.decode().encode("utf-16"), None, Format.CSV),
        (b"PK\x05\x06" + bytes(18), None, Format.XLSX),
        (workbook(), None, Format.XLSX),
        (workbook(), Format.CSV, Format.XLSX),
        (workbook(), Format.JSON, Format.XLSX),
        (b"{Name},x\n", None, Format.CSV),
        (b'[{"first_name": "Rita"}]', None, Format.JSON),
        (b'[\n{"first_name": "Rita"}\n]', Format.CSV, Format.JSON),
        (b"[Name],[Mail]\n", Format.CSV, Format.CSV),
        (b'{"data": [{"first_name": "Rita"}]}', None, Format.JSON),
        (b'{"@odata.context": "x", "value": [ {"first_name": "Rita"}]}', Format.CSV, Format.JSON),
        (b'{"records":[{"fields":{"First Name":"Rita"}}],"offset":"x"}', None, Format.JSON),
        (b'{"first_name": "Rita", "tags": [{"x": 1}]}', None, Format.NDJSON),
        (b'{"a": 1},\n{"a": 2},\n', None, Format.NDJSON),
        *((b'{"%b": [{"x": 1}]}\n\n {"x": 2}\n' % name.encode(), None, Format.NDJSON) for name in WRAPPERS),
        *((b'{"first_name": "Rita", "%b": [{"x": 1}]}' % name.encode(), None, Format.NDJSON) for name in WRAPPERS[1:]),
        (b'{"name": "Rita Moss", "domain": "acme.example", "items": [{"x": 1}]}', None, Format.NDJSON),
        (b'{"first_name": "Rita", "contacts": [{"x": 1}]}', None, Format.JSON),
        (b'{"name": "My list", "people": [{"first_name": "Rita"}]}', None, Format.JSON),
        (b'{"domain": "acme.example", "people": [{"first_name": "Rita"}]}', None, Format.JSON),
        ("ID;Prénom;Nom;Entreprise\n1;Rita;Moss;Acme\n".encode(), None, Format.CSV),
        (b"ID;Position;Name\nP;x;Rita Moss\n", None, Format.CSV),
        (b"ID;POSTE;NOM\r\nC;x;Rita Moss\r\n", None, Format.CSV),
        (b"ID;PHONE\n1;+1 555 0100\n", None, Format.CSV),
        (b'{"people": [{first_name: "Rita"}]}', None, Format.JSON),
        (b"PAR1,Name\n", None, Format.CSV),
        (b"PAR1\nx\n", None, Format.CSV),
        (b"PAR1\tName\n", None, Format.CSV),
        (b"GIF8,Name\n", None, Format.CSV),
        (b"BZh,Name\n", None, Format.CSV),
        (b"BZh1,Name\n", None, Format.CSV),
        (b"Rar!,Name\n", None, Format.CSV),
        (b"PK,Name\n", None, Format.CSV),
        (b"%PDF,Name\n", None, Format.CSV),
        (b"BM,II*,Name\n", None, Format.CSV),
        (b'{"meta": {"x": 1},\n "contacts": []}', None, Format.JSON),
        (NDJSON, Format.JSON, Format.NDJSON),
        (b'[{"first_name": "Rita"}]', Format.NDJSON, Format.JSON),
        (b'{"first_name": "Rita"}', Format.JSON, Format.JSON),
    ],
)
def test_a_format_is_found_where_the_media_type_is_silent_or_wrong(
    body: bytes, said: Format | None, format_of_it: Format
) -> None:
    assert other_kind(body) is None
    assert find_format(body, said) is format_of_it


@each_row(
    ("body", "said"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old Excel workbook", id="xls, or a password"),
        pytest.param(b"%PDF-1.7", "PDF", id="pdf"),
        pytest.param(gzip.compress(CSV), "unpack it", id="gzip"),
        pytest.param(b"Rar!\x1a\x07", "unpack it", id="rar"),
        pytest.param(b"7z\xbc\xaf\x27\x1c", "unpack it", id="7z"),
        pytest.param(bz2.compress(CSV), "unpack it", id="bzip2"),
        pytest.param(bz2.compress(b""), "unpack it", id="bzip2 of nothing"),
        pytest.param(b"<html><table>", "web page", id="html"),
        pytest.param(b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "web page", id="html with a mark"),
        pytest.param(b'<?xml version="1.0"?><Workbook>', "XML", id="xml spreadsheet"),
        pytest.param(b"<TABLE border=1>", "web page", id="a table of a web page"),
        pytest.param(b"{\\rtf1", "RTF", id="rtf"),
        pytest.param(b"\x89PNG\r\n", "image", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0", "image", id="jpeg"),
        pytest.param(b"GIF89a", "image", id="gif"),
        pytest.param(b"GIF87a", "image", id="old gif"),
        pytest.param(b"\xfd7zXZ\0", "unpack it", id="xz"),
        pytest.param(b"\x28\xb5\x2f\xfd\x04", "unpack it", id="zstd"),
        pytest.param(b"PAR1\x15\x04", "Parquet", id="parquet"),
        pytest.param(b"SQLite format 3\0", "SQLite", id="sqlite"),
        pytest.param(b"BEGIN:VCARD\r\n", "vCard", id="vcard"),
        pytest.param(b"ID;PWXL;N;E\r\nP;PGeneral\r\n", "SYLK", id="sylk"),
        pytest.param(b"ID;PCALCOOO32\nB;Y2;X3\n", "SYLK", id="sylk of another program"),
        pytest.param(b'[["first_name"],["Rita"]]'.replace(b"]", b',"x"]'), "list of lists", id="lists"),
        pytest.param(b'["first_name","domain"]\n["Rita","acme.example"]\n', "list of lists", id="lines of lists"),
        pytest.param(b"[{first_name:'Rita'}]", "double quotes", id="JavaScript"),
        pytest.param(b"{'first_name': 'Rita'}", "double quotes", id="Python"),
        pytest.param('[{"first_name": "Rita"}]'.encode("utf-16"), "UTF-16", id="JSON in UTF-16"),
    ],
)
def test_a_kind_that_is_not_read_is_named_with_what_to_do(body: bytes, said: str) -> None:
    kind = other_kind(body)
    assert kind
    assert said in kind
