"""Uploads as forms: the file is one part, options are the others; what is no proper form says what to do."""

import json
from typing import Any

import httpx
import pytest

from app.dialects.forms.multipart import FormReader
from app.domain.errors import InvalidInputError
from tests.api.checks import problem
from tests.api.door import Door
from tests.api.files import RITA, contacts
from tests.unit.tables.test_xlsx_table import sheet

TABLE = "Vorname,Nachname,Shop\nRita,Moss,acme.example\n"
AT_ACME = RITA | {"company_domain": "acme.example"}
MAPPED = {"mapping": "domain:Shop"}


def book() -> bytes:
    file = sheet(["Vorname", "Nachname", "Shop"], ["Rita", "Moss", "acme.example"])
    file.seek(0)
    return file.read()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(("people.csv", TABLE, "text/csv"), "csv", id="csv"),
        pytest.param(("people.csv", TABLE, "application/vnd.ms-excel"), "csv", id="as Windows names it"),
        pytest.param(("people.csv", TABLE.encode("utf-16"), "text/csv"), "csv", id="utf-16"),
        pytest.param(("people.csv", TABLE, "application/x-my-own"), "csv", id="an unknown type"),
        pytest.param(("people.xlsx", book(), "application/octet-stream"), "xlsx", id="workbook"),
        pytest.param(
            (
                "people.json",
                json.dumps({"contacts": [{"Vorname": "Rita", "Nachname": "Moss", "Shop": "acme.example"}]}),
            ),
            "json",
            id="json",
        ),
    ],
)
async def test_a_file_in_a_form_is_read_with_its_options(
    door: Door, client: httpx.AsyncClient, file: Any, expected: str
) -> None:
    answer = await client.post("/api/v1/batches", files={"file": file}, data=MAPPED | {"fields": "email,phone"})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["total"], answer.json()["reading"]["format"]) == (1, expected)
    assert contacts(door) == [AT_ACME]
    assert door.sql("SELECT type FROM jobs") == [("all",)]


async def test_a_declared_charset_of_the_part_is_believed(door: Door, client: httpx.AsyncClient) -> None:
    body = "Vorname,Nachname,Domain\nJosé,Núñez,acme.example\n".encode("cp850")
    answer = await client.post("/api/v1/batches/preview", files={"upload": ("x.csv", body, "text/csv; charset=cp850")})
    assert answer.status_code == 200, answer.text
    assert answer.json()["contacts"][0]["contact"]["last_name"] == "Núñez"
    assert contacts(door) == []


async def test_the_same_form_with_the_same_key_is_one_batch(door: Door, client: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "import-1"}
    for options, status in ((MAPPED, 201), (MAPPED, 201), ({}, 422)):
        answer = await client.post("/api/v1/batches", files={"file": TABLE}, data=options, headers=headers)
        assert answer.status_code == status, answer.text
    assert door.sql("SELECT count(*) FROM jobs") == [(1,)]


def form(*parts: bytes, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end


FILE = b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + TABLE.encode()
OPTION = b'Content-Disposition: form-data; name="strict"\r\n\r\n'


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        pytest.param("multipart/form-data", form(FILE), "no boundary", id="no boundary"),
        pytest.param("multipart/form-data; boundary=x", b"hello", "no whole, proper form", id="no form"),
        pytest.param("multipart/form-data; boundary=x", b"", "no whole, proper form", id="nothing"),
        pytest.param("multipart/form-data; boundary=x", form(FILE, end=b""), "no whole, proper form", id="broken off"),
        pytest.param("multipart/form-data; boundary=x", form(OPTION + b"true"), "has no file", id="no file"),
        pytest.param("multipart/form-data; boundary=x", form(FILE, FILE), "two files", id="two files"),
        pytest.param(
            "multipart/form-data; boundary=x", form(FILE, OPTION + b"\xff"), "strict: is not valid UTF-8", id="x"
        ),
        pytest.param(
            "multipart/form-data; boundary=x", form(FILE, OPTION + b"y" * 65_537), "more than 65536", id="long"
        ),
        pytest.param(
            "multipart/form-data; boundary=x", form(*[OPTION + b"true"] * 101), "no whole, proper form", id="many"
        ),
        pytest.param(
            "multipart/form-data; boundary=x", form(FILE, OPTION + b"a", OPTION + b"b"), "given twice", id="twice"
        ),
    ],
)
async def test_what_is_no_proper_form_says_what_to_do(
    client: httpx.AsyncClient, kind: str, body: bytes, said: str
) -> None:
    answer = await client.post("/api/v1/batches", content=body, headers={"content-type": kind})
    assert said in problem(answer, 400, "invalid-input", "errors")["detail"]


@pytest.mark.parametrize("size", [1, 2, 7, 4096])
def test_a_form_is_read_in_pieces_of_any_size(size: int) -> None:
    reader = FormReader("multipart/form-data; boundary=x")
    body = form(OPTION + b"true", FILE)
    read = [piece for at in range(0, len(body), size) for piece in reader.feed(body[at : at + size])]
    reader.close()
    assert b"".join(read) == TABLE.encode()
    assert reader.options == [("strict", "true")]


def test_nothing_may_follow_the_end_of_a_form() -> None:
    with pytest.raises(InvalidInputError):
        FormReader("multipart/form-data; boundary=x").close()
