"""The specification as it is served: valid, with the address of the reader, compressed, cached, for any page."""

import asyncio
import gzip
import json
import threading
from typing import Any

import brotli
import httpx
import msgspec
import pytest
from openapi_spec_validator import validate

from app.api.openapi.variants import VARIANTS, Variant, variant_json
from app.api.operations import operations
from app.api.service.specification import ServedSpecification, around_address
from app.settings.settings import Settings
from tests.api.door import NO_TLS, Door, opened

DOCUMENT = "/api/v1/openapi.json"
OLDER = "/api/v1/openapi-3.0.json"


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.file_name)
async def test_each_variant_is_valid_and_the_one_of_its_name(
    client: httpx.AsyncClient, door: Door, variant: Variant
) -> None:
    path = OLDER if variant.older else DOCUMENT
    served = await client.get(path, params={"dialect": variant.dialect} if variant.dialect else {})
    body: dict[str, Any] = served.json()
    validate(body)
    assert body["servers"][0]["url"] == door.url
    wanted = json.loads(variant_json(operations(), variant))
    assert body | {"servers": wanted["servers"]} == wanted
    assert b"\n" not in served.content
    assert served.headers["access-control-allow-origin"] == "*"


async def test_without_a_dialect_it_is_the_whole(client: httpx.AsyncClient) -> None:
    whole = await client.get(DOCUMENT)
    for query in ("?dialect=", "?other=x"):
        assert (await client.get(f"{DOCUMENT}{query}")).content == whole.content


@pytest.mark.parametrize("path", [DOCUMENT, OLDER])
@pytest.mark.parametrize("query", ["dialect=other", "dialect=LeadModule", "dialect=leadmodule&dialect=leadsonar"])
async def test_another_dialect_is_refused(client: httpx.AsyncClient, path: str, query: str) -> None:
    refused = await client.get(f"{path}?{query}")
    assert refused.status_code == 400
    assert [one["field"] for one in refused.json()["errors"]] == ["dialect"]


@pytest.mark.parametrize(
    ("dialect", "shapes", "statuses"),
    [
        pytest.param("leadmodule", ("RunRequest", "Run"), {"200", "202"}, id="LeadModule"),
        pytest.param("leadsonar", ("JobRequest", "Job"), {"201"}, id="LeadSonar"),
    ],
)
async def test_a_dialect_has_one_shape_where_the_whole_has_two(
    client: httpx.AsyncClient, dialect: str, shapes: tuple[str, str], statuses: set[str]
) -> None:
    document = (await client.get(DOCUMENT, params={"dialect": dialect})).json()

    def shape(content: dict[str, Any]) -> str:
        reference: str = content["content"]["application/json"]["schema"]["$ref"]
        return reference.rsplit("/", 1)[1]

    submit = document["paths"]["/api/v1/enrich"]["post"]
    shown = document["paths"]["/api/v1/enrich/{run_id}"]["get"]
    assert (shape(submit["requestBody"]), shape(shown["responses"]["200"])) == shapes
    assert {status for status in submit["responses"] if status < "300"} == statuses
    assert ("/api/v1/find-email" in document["paths"]) is (dialect == "leadsonar")
    assert ("jobCompleted" in document["webhooks"]) is (dialect == "leadsonar")
    assert not {"EnrichBody", "RunOrJob"} & set(document["components"]["schemas"])


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
            served = await client.get(DOCUMENT, headers={"host": "stranger.example"})
    assert served.json()["servers"][0]["url"] == "https://leads.acme.example/api"
    assert served.headers["cache-control"] == "no-cache"


async def test_what_a_client_wrote_itself_no_cache_keeps_for_others(client: httpx.AsyncClient) -> None:
    served = await client.get(DOCUMENT, headers={"host": "stranger.example"})
    assert served.headers["cache-control"] == "private, no-cache"
    assert "Host" in served.headers["vary"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "scheme"),
    [
        pytest.param("127.0.0.1", "https", "https", id="a trusted proxy"),
        pytest.param("127.0.0.1", "http, HTTPS", "https", id="the nearest one's word"),
        pytest.param("127.0.0.1", "https, http", "http", id="a word before that"),
        pytest.param("127.0.0.1", "ftp", "http", id="another word"),
        pytest.param("10.0.0.0/8", "https", "http", id="anybody"),
    ],
)
async def test_keys_are_not_sent_in_clear_where_a_proxy_ends_tls(
    settings: Settings, trusted: str, forwarded: str, scheme: str
) -> None:
    with opened(msgspec.structs.replace(settings, trusted_proxies=(trusted,))) as door:
        async with door.client() as client:
            named = {"host": "leads.acme.example", "x-forwarded-proto": forwarded}
            served = await client.get(DOCUMENT, headers=named)
    assert served.json()["servers"][0]["url"] == f"{scheme}://leads.acme.example"


async def test_it_is_compressed_for_those_who_can_read_that(door: Door) -> None:
    decoded = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    seen: dict[str | None, str] = {}
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        for accepted, coding in (
            ("gzip, deflate, br", "br"),
            ("br;q=0.1, GZIP;q=0.5", "gzip"),
            ("br;q=0, gzip", "gzip"),
            ("br;q=0", None),
            ("identity", None),
            ("zstd, x-gzippy", None),
            ("", None),
        ):
            request = httpx.Request("GET", f"{door.url}{DOCUMENT}", headers={"accept-encoding": accepted})
            answer = await client.send(request, stream=True)
            body = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert answer.headers.get("content-encoding") == coding, accepted
            assert json.loads(decoded[coding](body))["openapi"] == "3.1.0"
            assert int(answer.headers["content-length"]) == len(body)
            assert "Accept-Encoding" in answer.headers["vary"]
            assert seen.setdefault(coding, answer.headers["etag"]) == answer.headers["etag"]
        assert len(set(seen.values())) == 3
        # What is kept is known by the tag of its own coding alone.
        for coding, other in ((None, "br"), ("br", "gzip")):
            known = {"accept-encoding": coding or "identity", "if-none-match": seen[coding]}
            assert (await client.get(f"{door.url}{DOCUMENT}", headers=known)).status_code == 304
            known["if-none-match"] = seen[other]
            assert (await client.get(f"{door.url}{DOCUMENT}", headers=known)).status_code == 200


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


async def test_many_who_ask_at_once_have_it_made_once() -> None:
    made: list[Variant] = []
    began, may_end = threading.Event(), threading.Event()

    def build(variant: Variant) -> tuple[bytes, bytes]:
        made.append(variant)
        began.set()
        assert may_end.wait(10)
        return around_address({"openapi": "3.1.0", "servers": [{"url": "/", "description": "Here."}], "paths": {}})

    served = ServedSpecification(build, "https://leads.example/")
    request: Any = None  # nothing of it is read where the address is set
    asking = [asyncio.create_task(served.of(VARIANTS[0], request)) for _ in range(20)]
    assert await asyncio.to_thread(began.wait, 10)
    may_end.set()
    documents = [await one for one in asking]
    answers = {one.bodies["identity"] for one in documents}
    assert list(documents[0].bodies) == ["identity"], "who names ever new hosts pays nobody's compression"
    assert made == [VARIANTS[0]]
    assert answers == {
        b'{"openapi":"3.1.0","servers":[{"url":"https://leads.example","description":"Here."}],"paths":{}}'
    }


async def test_ever_new_hosts_have_no_document_made_anew(client: httpx.AsyncClient) -> None:
    first = await client.get(DOCUMENT)
    for number in range(50):
        other = await client.get(DOCUMENT, headers={"host": f"host{number}.example"})
        assert other.json() == first.json() | {"servers": other.json()["servers"]}
        assert other.json()["servers"][0]["url"] == f"http://host{number}.example"
    assert (await client.get(DOCUMENT)).content == first.content
