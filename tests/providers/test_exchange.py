"""The wire: what breaks on it, what may be sent again, and how long anybody waits."""

import asyncio
import gzip
import zlib

import pytest

from app.clock import SystemClock
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Found, Miss, Trouble
from app.domain.waterfall.policy import inputs
from app.providers.client.client import ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.messages import MAX_BODY
from app.providers.declaration.spec import Mode
from app.providers.setup.registry import Registry
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.replay import KEY
from tests.providers.wire import FOUND, JANE, Play, Wire, answer, ask, forget, trouble


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + FOUND[:-1] + b', "x": "')
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def test_a_proper_answer_comes_through() -> None:
    async with Wire(answer(FOUND)).listening() as url:
        asked = await ask(url)

    assert isinstance(asked.answer, Found)
    assert asked.http_status == 200


def raw_deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("gzip", gzip.compress(FOUND)),
        ("x-gzip", gzip.compress(FOUND)),
        ("X-GZIP", gzip.compress(FOUND)),
        ("deflate", zlib.compress(FOUND)),
        ("deflate", raw_deflate(FOUND)),
        ("deflate, gzip", gzip.compress(zlib.compress(FOUND))),
        ("identity", FOUND),
    ],
)
async def test_a_compressed_answer_is_read(coding: str, content: bytes) -> None:
    async with Wire(answer(content, "200 OK", f"Content-Encoding: {coding}")).listening() as url:
        assert isinstance((await ask(url)).answer, Found)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(answer(gzip.compress(FOUND)[:40], "200 OK", "Content-Encoding: gzip"), id="broken compression"),
        pytest.param(answer(b"\x00\xff garbage", "200 OK", "Content-Encoding: gzip"), id="no compression at all"),
        pytest.param(
            answer(gzip.compress(b" " * MAX_BODY + FOUND), "200 OK", "Content-Encoding: gzip"), id="over 1 MiB unpacked"
        ),
        pytest.param(answer(gzip.compress(FOUND)[:-9], "200 OK", "Content-Encoding: x-gzip"), id="cut compression"),
        pytest.param(answer(b"[" * 500_000 + b"]" * 500_000), id="deep nesting"),
        pytest.param(answer(b'{"data": {"email": "' + b"a" * (MAX_BODY + 10) + b'"}}'), id="over 1 MiB"),
        pytest.param(
            answer(b'{"data": {"email": "jane.smith@acme.example", "score": undefined}}'), id="not quite JSON"
        ),
        pytest.param(answer(b'{"data": {"email": "\xff\xfe@acme.example"}}'), id="not UTF-8"),
        pytest.param(b"220 mail.acme.example ESMTP ready\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + FOUND, id="cut off"),
        pytest.param(answer(b"", "301 Moved Permanently", "Location: http://127.0.0.1:1/"), id="redirect"),
        pytest.param(answer(b"", "204 No Content"), id="no content"),
    ],
)
async def test_an_answer_that_is_none_is_malformed(sent: bytes) -> None:
    async with Wire(sent).listening() as url:
        asked = await ask(url)

    assert trouble(asked) is Trouble.MALFORMED


async def test_an_endless_answer_is_cut_off() -> None:
    async with Wire(flood).listening() as url:
        asked = await asyncio.wait_for(ask(url), 10)

    assert trouble(asked) is Trouble.MALFORMED


@pytest.mark.parametrize("part", [pytest.param(hang, id="silence"), pytest.param(drip, id="a byte at a time")])
@pytest.mark.parametrize("provider", ["hunter", "dropcontact", "kaspr"])
async def test_patience_ends_every_asking_and_nothing_is_sent_again(part: Play, provider: str) -> None:
    wire = Wire(part)
    async with wire.listening() as url:
        asked = await asyncio.wait_for(ask(url, provider, patience=0.3, clock=None), 5)

    assert trouble(asked) is Trouble.TIMEOUT
    assert len(wire.heads) == 1


@pytest.mark.parametrize(
    ("provider", "times"),
    [
        pytest.param("hunter", 3, id="free to repeat"),
        pytest.param("dropcontact", 1, id="reserves a credit"),
        pytest.param("kaspr", 1, id="billed"),
    ],
)
async def test_a_request_that_may_have_been_billed_is_not_sent_again_when_the_connection_breaks(
    provider: str, times: int
) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    wire, clock = Wire(hang_up), FrozenClock()
    async with wire.listening() as url:
        asked = await ask(url, provider, clock=clock)

    assert trouble(asked) is Trouble.CONNECTION
    assert len(clock.slept) == times - 1
    assert len(wire.heads) == times


@pytest.mark.parametrize("provider", ["hunter", "dropcontact", "kaspr"])
async def test_a_request_that_was_never_sent_is_tried_three_times(provider: str) -> None:
    async with Wire(answer(FOUND)).listening() as url:
        pass  # the port is free again, and nobody listens
    clock = FrozenClock()

    asked = await ask(url, provider, clock=clock)

    assert trouble(asked) is Trouble.CONNECTION
    assert clock.slept == [0.2, 0.4]
    assert asked.cost_usd == 0


async def test_a_vendor_that_comes_back_is_reached() -> None:
    async with Wire(answer(b"", "503 Service Unavailable"), answer(FOUND)).listening() as url:
        assert isinstance((await ask(url)).answer, Found)


async def test_secrets_and_people_are_in_no_reason() -> None:
    body = b'{"errors": [{"details": "key key-of-the-tests of jane.smith@acme.example"}]}'
    async with Wire(answer(body, "401 Unauthorized")).listening() as url:
        asked = await ask(url)

    assert trouble(asked) is Trouble.AUTH_ERROR
    assert KEY not in repr(asked)
    assert "jane" not in repr(asked)


async def test_an_answer_for_the_other_mode_is_never_fetched() -> None:
    wire = Wire(answer(FOUND))
    async with wire.listening() as url, HttpExchange() as http:
        registry = Registry(Settings(providers={"hunter": ProviderSettings(api_key=KEY, base_url=url)}))
        offer = next(o for o in registry.offers(Mode.LIVE) if o.provider == "hunter")
        asked = await ProviderClient(http=http, clock=SystemClock()).ask(
            offer,
            JANE,
            inputs(JANE),
            mode=Mode.TEST,
            patience=5,
            ticket=None,
            save_ticket=forget,
            fields=frozenset({Field.EMAIL}),
        )

    assert trouble(asked) is Trouble.BAD_REQUEST
    assert wire.heads == []


async def test_what_goes_wrong_in_storing_a_ticket_is_not_swallowed() -> None:
    async def fail(ticket: Ticket) -> None:
        raise LookupError(ticket.values["request_id"])

    wire = Wire(answer(b'{"success": true, "error": false, "request_id": "r1"}'))
    async with wire.listening() as url, HttpExchange() as http:
        registry = Registry(Settings(providers={"dropcontact": ProviderSettings(api_key=KEY, base_url=url)}))
        offer = next(o for o in registry.offers(Mode.LIVE) if o.provider == "dropcontact")
        with pytest.raises(LookupError, match="r1"):
            await ProviderClient(http=http, clock=FrozenClock()).ask(
                offer,
                JANE,
                inputs(JANE),
                mode=Mode.LIVE,
                patience=5,
                ticket=None,
                save_ticket=fail,
                fields=frozenset({Field.EMAIL}),
            )

    assert len(wire.heads) == 1, "nothing is polled before the ticket is stored"


async def test_the_account_call_tells_what_is_left_or_what_is_wrong() -> None:
    body = b'{"data": {"requests": {"credits": {"remaining": 42.5}}}}'
    async with Wire(answer(body), answer(b"{}", "401 Unauthorized")).listening() as url, HttpExchange() as http:
        registry = Registry(Settings(providers={"hunter": ProviderSettings(api_key=KEY, base_url=url)}))
        client = ProviderClient(http=http, clock=SystemClock())
        hunter, kaspr = registry.entry("hunter"), registry.entry("kaspr")
        assert hunter
        assert kaspr

        assert (await client.check(hunter)).pools == {"credits": 42.5}
        refused = (await client.check(hunter)).trouble
        assert refused
        assert refused.trouble is Trouble.AUTH_ERROR
        unset = (await client.check(kaspr)).trouble
        assert unset
        assert unset.reason == "LEADRUN_PROVIDER_KASPR_API_KEY is not set"


async def test_a_miss_costs_nothing_at_a_vendor_that_bills_success() -> None:
    async with Wire(answer(b'{"data": {"email": null, "score": null}}')).listening() as url:
        asked = await ask(url)

    assert asked.answer == Miss()
    assert asked.cost_usd == 0
