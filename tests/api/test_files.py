"""The files that people have in hand: each goes in as it is, and the answer says what was read of it."""

import json

import httpx
import pytest

from tests.api.checks import problem
from tests.api.door import Door
from tests.api.files import RITA, accepted, contacts, send
from tests.unit.tables.test_xlsx_table import sheet

APOLLO = """\
First Name,Last Name,Title,Company,Company Name for Emails,Email,Email Status,Person Linkedin Url,Website,\
Company Linkedin Url,City
Rita,Moss,"COO, Founder",Borealis Freight,Borealis,,Unavailable,http://www.linkedin.com/in/rita-moss-77,\
http://www.borealis-freight.example,http://www.linkedin.com/company/borealis,Oslo
Rita,Moss,CTO,Globex,Globex,,,http://www.linkedin.com/in/rita-moss-99,http://www.globex.example,,Bergen
"""
CONNECTIONS = (
    '\ufeffNotes:\r\n"When exporting your connection data, you may notice that some of the addresses are missing."'
    "\r\n\r\nFirst Name,Last Name,URL,Email Address,Company,Position,Connected On\r\n"
    'Rita,Moss,https://www.linkedin.com/in/rita-moss-77,,"Borealis, Inc.",COO,12 Mar 2024\r\n'
)
AT_BOREALIS = RITA | {"company_domain": "borealis-freight.example"}
PROFILE = {"linkedin_url": "https://www.linkedin.com/in/rita-moss-77"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        pytest.param(
            APOLLO,
            "text/csv",
            [
                AT_BOREALIS | PROFILE | {"company_name": "Borealis Freight"},
                RITA
                | {"company_domain": "globex.example", "company_name": "Globex"}
                | {"linkedin_url": "https://www.linkedin.com/in/rita-moss-99"},
            ],
            id="apollo",
        ),
        pytest.param(
            '"Record ID","First Name","Last Name","Email","Company Name","Company Domain Name","LinkedIn URL"\n'
            '"5512","Rita","Moss","","Borealis","borealis-freight.example",""\n',
            "text/csv",
            [AT_BOREALIS | {"company_name": "Borealis"}],
            id="hubspot",
        ),
        pytest.param(CONNECTIONS, "text/csv", [RITA | PROFILE | {"company_name": "Borealis, Inc."}], id="connections"),
        pytest.param(
            "First Name,Middle Name,Last Name,Company,E-mail Address,Web Page\nRita,,Moss,Borealis,,"
            "www.borealis-freight.example\n",
            "text/csv",
            [AT_BOREALIS | {"company_name": "Borealis"}],
            id="outlook",
        ),
        pytest.param(
            "Given Name,Family Name,E-mail 1 - Value,Organization Name\n"
            "Rita,Moss,rita@borealis-freight.example,Borealis\n",
            "text/csv",
            [AT_BOREALIS | {"company_name": "Borealis"}],
            id="google, domain of the address",
        ),
        pytest.param(
            "Person - Name,Organization - Name\nRita Moss,Borealis\n",
            "text/csv",
            [RITA | {"full_name": "Rita Moss", "company_name": "Borealis"}],
            id="pipedrive",
        ),
        pytest.param(
            "Vorname;Name;Firma;Webseite\nRita;Moss;Borealis;borealis-freight.example\n",
            "text/csv",
            [AT_BOREALIS | {"company_name": "Borealis"}],
            id="german",
        ),
        pytest.param(
            "Prénom;Nom;Société\nRita;Moss;Borealis\n".encode("cp1252"),
            "text/csv",
            [RITA | {"company_name": "Borealis"}],
            id="french, as Excel saves it",
        ),
        pytest.param(
            "sep=;\r\nFirst Name;Last Name;Company Domain\r\nRita;Moss;borealis-freight.example\r\n",
            "text/csv",
            [AT_BOREALIS],
            id="sep",
        ),
        pytest.param(
            "First Name\tLast Name\tCompany Domain\r\nRita\tMoss\tborealis-freight.example\r\n".encode("utf-16"),
            "text/plain",
            [AT_BOREALIS],
            id="unicode text",
        ),
        pytest.param(
            "First Name,Last Name,Company Domain\r\nRita,Moss,borealis-freight.example\r\n,,\r\n , \r\n" + ",,\r\n" * 9,
            "application/vnd.ms-excel",
            [AT_BOREALIS],
            id="blank rows, with Excel's media type",
        ),
        pytest.param(
            "First Name,Last Name,Company Domain\nRita,Moss,borealis-freight.example\n",
            None,
            [AT_BOREALIS],
            id="no media type",
        ),
        pytest.param(
            "First Name,Last Name,Company Domain\nRita,Moss,borealis-freight.example\n",
            "application/x-www-form-urlencoded",
            [AT_BOREALIS],
            id="as curl sends it",
        ),
        pytest.param(
            json.dumps({"Vorname": "Rita", "Nachname": "Moss", "Website": "borealis-freight.example"}),
            "application/octet-stream",
            [AT_BOREALIS],
            id="lines of json",
        ),
    ],
)
async def test_a_file_goes_in_as_it_is(
    door: Door, client: httpx.AsyncClient, body: bytes | str, kind: str | None, expected: list[dict[str, str]]
) -> None:
    made = await accepted(client, body, kind)
    assert (made["total"], made["rejected"]) == (len(expected), 0)
    assert contacts(door) == expected


async def test_the_answer_says_what_was_read(client: httpx.AsyncClient) -> None:
    made = await accepted(client, CONNECTIONS)
    assert made["reading"] == {
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": ",",
        "headings_line": 4,
        "sheet": None,
        "columns_used": [
            {"column": "First Name", "fills": "first_name"},
            {"column": "Last Name", "fills": "last_name"},
            {"column": "Company", "fills": "company_name"},
            {"column": "Email Address", "fills": "domain"},
            {"column": "URL", "fills": "linkedin_url"},
            {"column": "URL", "fills": "domain"},
        ],
        "columns_ignored": ["Position", "Connected On"],
    }
    assert "warnings" not in made


async def test_a_guessed_encoding_is_told_and_a_declared_one_is_not(door: Door, client: httpx.AsyncClient) -> None:
    body = "First Name,Last Name,Company Domain\r\nJosé,Núñez,c23.example\r\nRita,Moss,c23.example\r\n"
    made = await accepted(client, body.encode("cp1252"))
    assert (made["total"], made["rejected"], made["reading"]["encoding"]) == (2, 0, "windows-1252")
    assert "read as windows-1252" in made["warnings"][0]
    shown = (await client.get(f"/api/v1/batches/{made['id']}")).json()
    assert shown["warnings"] == made["warnings"]
    mac = await accepted(client, body.encode("mac_roman"), "text/csv; charset=utf-8")
    assert (mac["reading"]["encoding"], "'Núñez'" in mac["warnings"][0]) == ("macintosh", True)
    said = await accepted(client, body.encode("cp850"), "text/csv; charset=utf-8", encoding="CP850")
    assert (said["reading"]["encoding"], said.get("warnings")) == ("cp850", None)
    told = problem(await send(client, body.encode(), encoding="rot13"), 400, "invalid-input", "errors")
    assert told["errors"][0]["field"] == "encoding"
    declared = await accepted(client, body.encode("cp850"), "text/csv; charset=cp850")
    assert declared["reading"]["encoding"] == "cp850"
    assert "warnings" not in declared
    assert sorted(contact["last_name"] for contact in contacts(door)) == ["Moss"] * 4 + ["Núñez"] * 4


async def test_a_workbook_is_read_by_its_content_and_sheet(door: Door, client: httpx.AsyncClient) -> None:
    file = sheet(
        ["Kunden"], [], ["Vorname", "Nachname", "Webseite", "Tel"], ["Rita", "Moss", "acme.example", 4155550100]
    )
    file.seek(0)
    body = file.read()
    for kind in (XLSX, "application/octet-stream", "text/csv"):
        made = await accepted(client, body, kind, sheet="people")
        assert (made["total"], made["reading"]["sheet"], made["reading"]["headings_line"]) == (1, "People", 3)
    assert door.sql("SELECT DISTINCT given FROM job_rows") == [
        ({"cells": ["Rita", "Moss", "acme.example", "4155550100"]},)
    ]
    told = problem(await send(client, body, XLSX, sheet="Other"), 400, "invalid-input", "errors")
    assert told["errors"][0]["message"] == "the workbook has no sheet 'Other'; it has 'People'"


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), XLSX, 415, "save it as .xlsx or CSV UTF-8", id="xls"
        ),
        pytest.param(b"<html><table><tr>", "application/vnd.ms-excel", 415, "web page", id="html"),
        pytest.param(b"%PDF-1.7", None, 415, "PDF", id="pdf"),
        pytest.param(b"\x1f\x8b\x08", "text/csv", 415, "unpack it", id="gzip"),
        pytest.param(b"PK\x05\x06" + bytes(18), XLSX, 400, "ZIP archive", id="an empty archive"),
        pytest.param(b"PK\x03\x04" + bytes(60), "text/csv", 400, "damaged", id="a damaged workbook"),
    ],
)
async def test_what_is_not_read_says_what_to_do(
    client: httpx.AsyncClient, body: bytes, kind: str | None, status: int, said: str
) -> None:
    code, members = {415: ("unsupported-media-type", ()), 400: ("invalid-input", ("errors",))}[status]
    assert said in problem(await send(client, body, kind), status, code, *members)["detail"]
