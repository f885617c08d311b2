"""Results in each format: names that are free, members as they were, formulas, marks, encodings, workbooks."""

import csv
import io
import json

import pytest
from python_calamine import load_workbook

from app.dialects.batches.csv_results import CsvResults
from app.dialects.batches.json_results import NdjsonResults
from app.dialects.batches.xlsx_results import XlsxResults
from app.domain.runs.batch import BatchOptions, Format, RowOutcome
from app.domain.runs.batch_view import RESULT_COLUMNS
from app.domain.waterfall.answer import Deliverability
from app.domain.waterfall.result import FieldResult, Result
from tests.rows import each_row
from tests.unit.batch_uploads import OURS, as_csv, as_objects, as_sheet, batch_of, uploaded, without_ours, written


@each_row(
    ("columns", "ours"),
    [
        (["email", "status"], ["leadrun_email", "leadrun_status"]),
        (["email", "status", "leadrun_email", "leadrun_status"], ["leadrun_email_2", "leadrun_status_2"]),
        (["email", "leadrun_email", "leadrun_email_2"], ["leadrun_email_3", "status"]),
        (["leadrun_email", "leadrun_status"], ["email", "status"]),
        (["Email", "STATUS"], ["email", "status"]),
        (["email", "email", "status"], ["leadrun_email", "leadrun_status"]),
    ],
)  # fmt: skip
def test_our_columns_have_names_that_are_free(columns: list[str], ours: list[str]) -> None:
    head = ",".join(["first_name", *columns])
    body = f"{head}\r\nJane{''.join(f',own{n}' for n in range(len(columns)))}\r\n".encode()
    header, row = csv.reader(io.StringIO(as_csv(body).decode()))
    assert header[: len(columns) + 1] == ["first_name", *columns]
    assert [header[len(columns) + 1 + RESULT_COLUMNS.index(name)] for name in ("email", "status")] == ours
    assert row[1 : len(columns) + 1] == [f"own{n}" for n in range(len(columns))]
    (shown,) = as_objects(body)
    assert list(shown.values())[: len(columns) + 1] == ["Jane", *row[1 : len(columns) + 1]]
    assert len(shown) == len(columns) + 1 + OURS
    member = json.dumps({"first_name": "Jane"} | {name: f"own{n}" for n, name in enumerate(columns)}).encode()
    (shown,) = as_objects(member, Format.NDJSON)
    assert shown[ours[1]] == "pending"
    assert all(shown[name].startswith("own") for name in columns)


@each_row(
    "member",
    [
        '"n":1.0', '"n":-0', '"n":1e5', '"n":12345678901234567890', '"n":0.1000', '"n":"\\u00e9\\/\\ud83d\\ude00"',
        '"n" : [ 1 , {"b":2, "a" : null} ]', '"n":true', '"n":null', '"n":""', '"n":"}"', '"n":"\\"}"',
        '"n":{}', '"n":{"{":"["}',
    ],
)  # fmt: skip
def test_the_members_of_an_object_come_back_byte_for_byte(member: str) -> None:
    own = ('{"first_name": "Jane",  ' + member + "}").encode()
    batch, rows = uploaded(own, Format.NDJSON)
    line = written(NdjsonResults(batch), rows)
    assert line.startswith(own[:-1] + b',"email":null')
    assert json.loads(line)["n"] == json.loads(own)["n"]
    document = b'{"contacts":[\n' + own.replace(b"  ", b"\r\n\t") + b"\n]}"
    batch, rows = uploaded(document, Format.JSON)
    assert json.loads(written(NdjsonResults(batch), rows)) == json.loads(line)
    cell = list(csv.reader(io.StringIO(as_csv(own, Format.NDJSON).decode())))[1][1]
    value = json.loads(own)["n"]
    text = "" if value is None else value if isinstance(value, str) else member.partition(":")[2].strip()
    assert cell in {text, "'" + text}


def test_rows_that_are_no_objects_come_back_as_they_were_sent() -> None:
    body = b'{"first_name":"Jane","input":1}\n3\n{"a":1,"a":2}\n{oops\xff\n[1]\n{}\n"x"\n'
    objects = as_objects(body, Format.NDJSON)
    assert [row["status"] for row in objects] == ["pending", *["rejected"] * 6]
    given = [row.get("input_2") for row in objects]
    assert given == [None, 3, '{"a":1,"a":2}', "{oops\\xff", [1], None, "x"]
    header, *rows = csv.reader(io.StringIO(as_csv(body, Format.NDJSON).decode()))
    assert header[:3] == ["first_name", "input", "input_2"]
    assert [row[2] for row in rows] == ["", "3", '{"a":1,"a":2}', "{oops\\xff", "[1]", "", "x"]


_FORMULAS = [
    "=1+1",
    "@SUM(1)",
    "\u2060=1",
    "\u200e=1",
    "\u202a=1",
    "\u00ad=1",
    "\u2003=1",
    "\u3000=1",
    "\v=1",
    "\uff1d1",
]


def test_formulas_become_text_in_csv_unless_they_are_wanted_and_nowhere_else() -> None:
    body = "".join(["first_name,note\n", *(f"Jane,{cell}\n" for cell in _FORMULAS)]).encode()
    read = [row[1] for row in csv.reader(io.StringIO(as_csv(body).decode(), newline=""))]
    assert read[1:] == ["'" + cell for cell in _FORMULAS]
    assert without_ours(as_csv(body, is_safe=False)) == body
    assert [row["note"] for row in as_objects(body)] == _FORMULAS
    assert [row[1] for row in as_sheet(body)[1:]] == _FORMULAS


def test_a_header_that_is_a_formula_is_made_safe_too() -> None:
    header = next(csv.reader(io.StringIO(as_csv(b'first_name,=1+1,"@SUM(1)"\nJane,a,b\n').decode())))
    assert header[:3] == ["first_name", "'=1+1", "'@SUM(1)"]


@pytest.mark.parametrize(
    ("body", "has_mark", "begins"),
    [
        (b"first_name\nJane\n", None, b"first_name"),
        (b"first_name\nJane\n", True, b"\xef\xbb\xbffirst_name"),
        (b"\xef\xbb\xbffirst_name\nJane\n", None, b"\xef\xbb\xbffirst_name"),
        (b"\xef\xbb\xbffirst_name\nJane\n", False, b"first_name"),
    ],
)
def test_the_mark_is_that_of_the_upload_unless_another_is_wanted(
    body: bytes,
    has_mark: bool | None,  # noqa: FBT001 - a table
    begins: bytes,
) -> None:
    assert as_csv(body, has_mark=has_mark).startswith(begins)


@each_row("encoding", ["cp1252", "latin-1", "utf-16-le", "utf-16-be", "utf-8"])
def test_results_have_the_encoding_of_the_upload(encoding: str) -> None:
    record = "José;Nuñez\r\n"
    options = BatchOptions(
        format=Format.CSV, encoding=encoding, delimiter=";", bom=True, header="Vorname;first_name\r\n"
    )
    row = RowOutcome(position=0, given={}, raw=record.encode(encoding), error="no \u2713")
    body = written(CsvResults(batch_of(options, ["Vorname", "first_name"]), is_safe=True, has_mark=None), [row])
    text = body.decode(encoding)
    assert text.startswith("\ufeffVorname;first_name;" if encoding.startswith("utf") else "Vorname;first_name;")
    assert "\r\nJosé;Nuñez;" in text
    assert ("no \u2713" if encoding.startswith("utf") else "no ?") in text
    assert body.count("José".encode(encoding)) == 1


def test_a_batch_from_before_has_its_cells_and_members() -> None:
    table = batch_of(BatchOptions(format=Format.CSV, delimiter=";"), ["Name", "note"])
    row = RowOutcome(position=0, given={"cells": ["Jane", '=1;"']})
    header, read = csv.reader(
        io.StringIO(written(CsvResults(table, is_safe=True, has_mark=None), [row]).decode()), delimiter=";"
    )
    assert (header[:2], read[:2]) == (["Name", "note"], ["Jane", "'=1;\""])
    objects = batch_of(BatchOptions(format=Format.JSON), ["a"])
    line = written(NdjsonResults(objects), [RowOutcome(position=0, given={"a": 1.5})])
    assert json.loads(line)["a"] == 1.5


def test_a_workbook_holds_texts_of_any_kind() -> None:
    body = 'first_name,note\nJane,"{""a"":1}"\nJo,https://a.example\nAl,007\nEd,\x01\x1f\nUm,\U0001f680 \ud800\n'
    sheet = as_sheet(body.encode(errors="surrogatepass"))
    assert [row[1] for row in sheet] == [
        "note",
        '{"a":1}',
        "https://a.example",
        "007",
        "\x01\x1f",
        "\U0001f680 \\xed\\xa0\\x80",
    ]
    assert sheet[1][2 + RESULT_COLUMNS.index("status")] == "pending"
    assert len(as_sheet(b"first_name,note\nJane," + b"x" * 40_000 + b"\n")[1][1]) == 32_767


def test_a_number_is_one_in_a_workbook() -> None:
    batch = batch_of(BatchOptions(), ["Name"])
    email = FieldResult(value="jane@acme.example", provider="hunter", confidence=97, status=Deliverability.VALID)
    row = RowOutcome(position=0, given={"cells": ["Jane"]}, result=Result(email=email))
    book = load_workbook(io.BytesIO(written(XlsxResults(batch), [row])))
    (_, cells) = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert cells[1 + RESULT_COLUMNS.index("email_confidence")] == 0.97


def test_a_workbook_that_nobody_waited_for_leaves_nothing() -> None:
    XlsxResults(batch_of(BatchOptions(), ["Name"])).close()
