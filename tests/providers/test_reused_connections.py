"""Which connections to vendors are used again: those whose last answer ended beyond doubt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.domain.waterfall.answer import Trouble
from app.providers.client.http_exchange import HttpExchange, NoResponse
from app.providers.client.request import PreparedRequest, Request
from app.providers.declaration.auth import Auth
from app.providers.declaration.messages import MAX_BODY, RequestTemplate
from tests.rows import row

OK = b"HTTP/1.1 200 OK\r\n"
PLAIN = OK + b"Content-Length: 2\r\n\r\n{}"


class KeepingVendor:
    """A raw server that answers any number of requests of a connection with given bytes; None breaks it off."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.connections = 0
        self.seen: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.seen.append(await reader.readuntil(b"\r\n\r\n"))
                sent = self.answers.pop(0)
                if sent is None:
                    writer.transport.abort()
                    return
                writer.write(sent)
                if b"HTTP/1.0" in sent:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def asking(url: str, method: str = "GET") -> Request:
    template = RequestTemplate(method=method, path="/found")
    return PreparedRequest(template, base_url=url, auth=Auth(), headers={}, credentials={}).fill({})


ANSWERS = {
    "length": (PLAIN, 1),
    "chunked": (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 1),
    "nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
    "hints before it": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + PLAIN, 1),
    "closing": (OK + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}", 2),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 2),
    "more than it says": (PLAIN + b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nforeign..", 2),
    "too long": (OK + b"Content-Length: %d\r\n\r\n" % (2 * MAX_BODY) + b" " * (2 * MAX_BODY), 2),
}


async def test_the_next_request_takes_a_connection_only_where_nothing_is_left_in_it(subtests: pytest.Subtests) -> None:
    for name, (answer, connections) in ANSWERS.items():
        vendor = KeepingVendor(answer, PLAIN)
        async with vendor.listening() as url, HttpExchange() as http:
            first = await http.send(asking(url), 5)
            second = await http.send(asking(url), 5)
        with row(subtests, name):
            assert not isinstance(first, NoResponse)
            assert not isinstance(second, NoResponse)
            assert (second.status, second.body) == (200, {}), "the second answer is that of the second request"
            assert vendor.connections == connections


async def test_a_head_has_no_body_to_wait_for() -> None:
    vendor = KeepingVendor(OK + b"Content-Length: 5000\r\n\r\n", PLAIN)
    async with vendor.listening() as url, HttpExchange() as http:
        answered = await http.send(asking(url, "HEAD"), 5)
        assert not isinstance(answered, NoResponse)
        assert not isinstance(await http.send(asking(url), 5), NoResponse)

    assert vendor.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_whose_kept_connection_breaks_is_sent_once(method: str) -> None:
    vendor = KeepingVendor(PLAIN, None, PLAIN)
    async with vendor.listening() as url, HttpExchange() as http:
        await http.send(asking(url), 5)
        broken = await http.send(asking(url, method), 5)

    assert isinstance(broken, NoResponse)
    assert broken.failed.trouble is Trouble.CONNECTION
    assert not broken.unsent, "it may have been billed"
    assert len(vendor.seen) == 2


async def test_an_exchange_that_is_cut_off_leaves_its_connection_to_nobody() -> None:
    vendor = KeepingVendor(b"", PLAIN)
    async with vendor.listening() as url, HttpExchange() as http:
        late = await http.send(asking(url), 0.05)
        assert not isinstance(await http.send(asking(url), 5), NoResponse)

    assert isinstance(late, NoResponse)
    assert late.failed.trouble is Trouble.TIMEOUT
    assert vendor.connections == 2
