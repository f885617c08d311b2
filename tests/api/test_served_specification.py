"""The specification as it is served: valid, with the address of the reader, compressed, cached, for any page."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from openapi_spec_validator import validate

from app.settings.settings import Settings
from tests.api.door import Door, opened

DOCUMENT = "/api/v1/openapi.json"
COMMITTED = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))


async def test_it_is_valid_and_the_committed_one(client: httpx.AsyncClient, door: Door) -> None:
    served = await client.get(DOCUMENT)
    body: dict[str, Any] = served.json()
    validate(body)
    assert body["servers"][0]["url"] == door.url
    assert body | {"servers": COMMITTED["servers"]} == COMMITTED
    assert b"\n" not in served.content


@pytest.mark.parametrize(
    ("host", "server"),
    [
        pytest.param("leads.acme.example", "http://leads.acme.example", id="a name"),
        pytest.param("leads.acme.example:8443", "http://leads.acme.example:8443", id="a port"),
        pytest.param("[::1]:8000", "http://[::1]:8000", id="IPv6"),
        pytest.param("", "http://127.0.0.1:8000", id="none"),
        pytest.param("a b", None, id="a blank"),
        pytest.param('"onload=x', None, id="a quote"),
        pytest.param("a.example/path", None, id="a path"),
        pytest.param("user@a.example", "http://127.0.0.1:8000", id="a user"),
        pytest.param("a.example:80:80", "http://127.0.0.1:8000", id="two ports"),
        pytest.param("x" * 300, "http://127.0.0.1:8000", id="too long"),
    ],
)
async def test_the_server_is_where_it_was_asked_for(client: httpx.AsyncClient, host: str, server: str | None) -> None:
    served = await client.get(DOCUMENT, headers={"host": host})
    if server is None:  # no URL at all can be made of it
        assert served.status_code == 400
        return
    assert served.json()["servers"][0]["url"] == server


async def test_the_public_address_goes_before(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, public_url="https://leads.acme.example/api/")) as door:
        async with door.client() as client:
            served = await client.get(DOCUMENT)
    assert served.json()["servers"][0]["url"] == "https://leads.acme.example/api"


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        pytest.param("gzip", True, id="gzip"),
        pytest.param("br, GZIP;q=0.5", True, id="among others"),
        pytest.param("*", True, id="anything"),
        pytest.param("deflate , gzip ; q=1", True, id="blanks"),
        pytest.param("identity", False, id="identity"),
        pytest.param("gzip;q=0", False, id="not gzip"),
        pytest.param("gzip;q=0.000", False, id="not gzip, in digits"),
        pytest.param("*;q=0", False, id="nothing else"),
        pytest.param("x-gzippy", False, id="another word"),
        pytest.param("", False, id="nothing"),
    ],
)
async def test_it_is_compressed_for_those_who_can_read_that(door: Door, accepted: str, *, compressed: bool) -> None:
    request = httpx.Request("GET", f"{door.url}{DOCUMENT}", headers={"accept-encoding": accepted})
    async with httpx.AsyncClient() as client:
        answer = await client.send(request, stream=True)
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
    assert json.loads(gzip.decompress(body) if compressed else body)["openapi"] == "3.1.0"
    assert int(answer.headers["content-length"]) == len(body)


async def test_what_is_known_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = (await client.get(DOCUMENT)).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get(DOCUMENT, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for other in ('"other"', tag.strip('"'), ""):
        assert (await client.get(DOCUMENT, headers={"if-none-match": other})).status_code == 200
    elsewhere = await client.get(DOCUMENT, headers={"host": "other.example", "if-none-match": tag})
    assert elsewhere.status_code == 200


async def test_pages_of_others_may_read_this_document_alone(client: httpx.AsyncClient) -> None:
    origin = {"origin": "https://importer.example"}
    assert (await client.get(DOCUMENT, headers=origin)).headers["access-control-allow-origin"] == "*"
    for path in ("/api/v1/credits", "/api/v1/runs", "/docs", "/health/live", "/metrics", "/api/v1/nothing"):
        assert "access-control-allow-origin" not in (await client.get(path, headers=origin)).headers, path
