"""Results of files that people have: what went in comes back whole, cells and bytes, in each format."""

import codecs
import csv
import io
import json
from typing import Any

import httpx
import pytest
from python_calamine import load_workbook

from app.domain.runs.batch_view import RESULT_COLUMNS
from tests.api.door import Door
from tests.api.test_batches import accepted

OURS = len(RESULT_COLUMNS)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def results(client: httpx.AsyncClient, body: bytes, **query: str) -> httpx.Response:
    made = await accepted(client, body)
    answer = await client.get(f"/api/v1/batches/{made['id']}/results", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def table(answer: httpx.Response, encoding: str = "utf-8") -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode(encoding), newline="")))


async def test_a_row_with_a_bare_quote_comes_back_with_its_cells(client: httpx.AsyncClient) -> None:
    body = (
        b"CRM Id,First Name,Last Name,Company Domain,Note\n"
        b'0042,Robert,Clarkson,c24.example,"Goes by "Bob" at work"\n'
        b"0043,Rita,Moss,c24.example,ok\n"
    )
    answer = await results(client, body, format="csv")
    _, robert, rita = table(answer)
    assert robert[:5] == ["0042", "Robert", "Clarkson", "c24.example", 'Goes by Bob" at work"']
    assert rita[:5] == ["0043", "Rita", "Moss", "c24.example", "ok"]
    assert b'0042,Robert,Clarkson,c24.example,"Goes by "Bob" at work",' in answer.content
    rows = (await results(client, body)).json()["results"]
    assert [row["CRM Id"] for row in rows] == ["0042", "0043"]
    assert rows[0]["Note"] == 'Goes by Bob" at work"'


async def test_bytes_that_are_no_utf_8_come_back_as_they_came(client: httpx.AsyncClient) -> None:
    body = b"CRM Id,First Name,Last Name,Company Domain\n"
    body += b"0042,Jos\xe9,N\xfa\xf1ez,c25.example\n0043,Rita,Moss,c25.example\n"
    answer = await results(client, body, format="csv")
    assert b"0042,Jos\xe9,N\xfa\xf1ez,c25.example," in answer.content
    assert b"0043,Rita,Moss,c25.example," in answer.content


async def test_results_of_a_first_pass_go_in_again(client: httpx.AsyncClient) -> None:
    body = (
        b"First Name,Last Name,Company Domain,email,status,leadrun_email,leadrun_status\n"
        b"Rita,Moss,c26.example,old@c26.example,mine,first-pass@c26.example,first-pass\n"
    )
    header, rita = table(await results(client, body, format="csv"))
    assert header[:7] == body.decode().splitlines()[0].split(",")
    assert (header[7], header[7 + RESULT_COLUMNS.index("status")]) == ("leadrun_email_2", "leadrun_status_2")
    assert len(set(header)) == len(header)
    assert rita[:7] == body.decode().splitlines()[1].split(",")
    (row,) = (await results(client, body)).json()["results"]
    assert (row["leadrun_email"], row["leadrun_status"]) == ("first-pass@c26.example", "first-pass")
    assert (row["leadrun_email_2"], row["leadrun_status_2"]) == (None, "pending")
    third = (await results(client, (await results(client, body, format="csv")).content)).json()["results"][0]
    assert {"leadrun_email", "leadrun_email_2", "leadrun_email_3"} < set(third)


async def test_what_no_spreadsheet_would_run_is_not_touched(client: httpx.AsyncClient) -> None:
    body = (
        b"First Name,Last Name,Company Domain,Mobile,Twitter,Delta\r\n"
        b"Rita,Moss,c62.example,+1 (415) 555-0100,@ritamoss,-3%\r\n"
        b"Rita,Mossy,c62.example,-1+1|cmd,@SUM(1),-12.50\r\n"
    )
    _, rita, formulas = table(await results(client, body, format="csv"))
    assert rita[3:6] == ["+1 (415) 555-0100", "@ritamoss", "-3%"]
    assert formulas[3:6] == ["'-1+1|cmd", "'@SUM(1)", "-12.50"]
    _, _, kept = table(await results(client, body, format="csv", formulas="keep"))
    assert kept[3:6] == ["-1+1|cmd", "@SUM(1)", "-12.50"]


async def test_a_workbook_has_every_row_as_text(client: httpx.AsyncClient) -> None:
    body = b"First Name,Company Domain,Id,Note\r\nRita,acme.example,007,=1+1\r\n,?,008,\r\n"
    answer = await results(client, body, format="xlsx")
    assert answer.headers["content-type"] == XLSX
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    header, rita, bad = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert header == ["First Name", "Company Domain", "Id", "Note", *RESULT_COLUMNS]
    assert rita[:4] == ["Rita", "acme.example", "007", "=1+1"]
    assert bad[:4] == ["", "?", "008", ""]
    assert bad[4 + RESULT_COLUMNS.index("status")] == "rejected"
    made = await accepted(client, body)
    by_header = await client.get(f"/api/v1/batches/{made['id']}/results", headers={"accept": XLSX})
    assert by_header.headers["content-type"] == XLSX


@pytest.mark.parametrize("mark", [None, "true", "false"])
async def test_the_byte_order_mark_is_a_choice(client: httpx.AsyncClient, mark: str | None) -> None:
    for own in (b"", b"\xef\xbb\xbf"):
        body = own + "first_name,domain\r\nRené,acme.example\r\n".encode()
        query = {"format": "csv"} | ({"bom": mark} if mark else {})
        answer = await results(client, body, **query)
        wanted = bool(own) if mark is None else mark == "true"
        assert answer.content.startswith(b"\xef\xbb\xbf") == wanted


async def test_rows_of_any_size_come_page_by_page_and_none_is_lost(client: httpx.AsyncClient) -> None:
    # Wide rows, one of them above what a page holds, between many narrow ones.
    sizes = [250_000 if n == 50 else 20_000 if n % 20 == 0 else n % 7 for n in range(600)]
    contacts = [{"last_name": f"Smith{n}", "domain": "a.example", "note": "x" * size} for n, size in enumerate(sizes)]
    body = "\n".join(map(json.dumps, contacts)).encode()
    made = await accepted(client, body, "application/x-ndjson")
    found: list[dict[str, Any]] = (await client.get(f"/api/v1/batches/{made['id']}/results")).json()["results"]
    assert [(row["last_name"], row["note"]) for row in found] == [(one["last_name"], one["note"]) for one in contacts]


async def test_rows_are_stored_as_bytes_alone(door: Door, client: httpx.AsyncClient) -> None:
    await accepted(client, b"first_name,domain\r\nJane,acme.example\r\n")
    assert door.sql("SELECT given, raw FROM job_rows") == [({}, b"Jane,acme.example\r\n")]


@pytest.mark.parametrize(
    ("codec", "mark", "charset", "kind"),
    [
        ("cp1252", b"", "windows-1252", "text/csv"),
        ("cp1252", b"", "windows-1252", "text/csv; charset=windows-1252"),
        ("latin-1", b"", "windows-1252", "text/csv; charset=iso-8859-1"),
        ("iso8859-15", b"", "iso-8859-15", "text/csv; charset=iso-8859-15"),
        ("mac_roman", b"", "macintosh", "text/csv"),
        ("mac_latin2", b"", "x-mac-ce", "text/csv; charset=x-mac-ce"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16", "text/csv"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16", "text/csv"),
        ("utf-8", b"", "utf-8", "text/csv"),
        ("utf-8", codecs.BOM_UTF8, "utf-8", "text/csv"),
    ],
)
async def test_results_have_the_encoding_of_the_file(
    client: httpx.AsyncClient, codec: str, mark: bytes, charset: str, kind: str
) -> None:
    lines = ["CRM Id;First Name;Company Domain\r\n", "0042;José;c25.example\r\n", '0043;"Zoé\n";c25.example\r\n']
    made = await accepted(client, mark + "".join(lines).encode(codec), kind)
    answer = await client.get(f"/api/v1/batches/{made['id']}/results", params={"format": "csv"})
    assert answer.headers["content-type"] == f"text/csv; charset={charset}"
    assert answer.content.startswith(mark)
    text = answer.content.removeprefix(mark).decode(codec)
    at = 0
    for line in lines:
        at = text.index(line.rstrip("\r\n") + ";", at) + 1
    assert (await client.get(f"/api/v1/batches/{made['id']}/results")).json()["results"][1]["First Name"] == "Zoé\n"


async def test_a_workbook_comes_back_as_csv_with_a_mark(client: httpx.AsyncClient) -> None:
    first = await results(client, "First Name,Company Domain,Id\r\nZoë,acme.example,007\r\n".encode(), format="xlsx")
    made = await accepted(client, first.content, XLSX)
    answer = await client.get(f"/api/v1/batches/{made['id']}/results", params={"format": "csv"})
    header, zoe = table(answer, "utf-8-sig")
    assert answer.content.startswith(codecs.BOM_UTF8)
    assert (header[:3], zoe[:3]) == (["First Name", "Company Domain", "Id"], ["Zoë", "acme.example", "007"])
    assert header[3:5] == ["email", "email_status"]
    assert "leadrun_email" in header
