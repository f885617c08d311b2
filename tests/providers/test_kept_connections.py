"""Connections to vendors are kept from request to request; what comes between two is an answer to neither."""

import asyncio
from itertools import product

import pytest
import uvloop

from app.providers.client.http_exchange import MAX_HEADER, HttpExchange, NoResponse
from app.providers.client.request import PreparedRequest, Request
from app.providers.declaration.auth import Auth
from app.providers.declaration.messages import RequestTemplate, VendorResponse
from tests.rows import row

TURNS = 10  # of the event loop, in which what was sent on this machine is read; in 0 of them it arrives unread
BETWEEN = {
    "an answer": b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"of": "nobody"}',
    "a time-out of an idle connection": b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n",
    "the beginning of an answer": b"HTTP/1.1 200 OK\r\nx: ",
    "no HTTP": b"\0\0",
}


class Vendor:
    """A server that numbers its answers, and sends bytes that nobody asked for when it is made to."""

    def __init__(self, header: bytes = b"") -> None:
        self._header = header
        self._answers = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while not reader.at_eof():
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            self._answers += 1
            body = b'{"number": %d}' % self._answers
            head = b"HTTP/1.1 200 OK\r\n%bcontent-type: application/json\r\n" % self._header
            writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        writer.close()


async def asked(exchange: HttpExchange, port: int) -> VendorResponse | NoResponse:
    return await exchange.send(of_port(port), 20)


def of_port(port: int) -> Request:
    return Request(method="GET", origin=f"http://127.0.0.1:{port}", target="/", headers="host: vendor.example\r\n")


async def test_what_comes_between_two_requests_is_no_answer(subtests: pytest.Subtests) -> None:
    """It would be taken for the next person's: their address would be somebody else's."""
    for (name, between), turns in product(BETWEEN.items(), (TURNS, 0)):
        vendor = Vendor()
        server = await asyncio.start_server(vendor.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, HttpExchange() as exchange:
            with row(subtests, f"{name}, {turns} turns"):
                for number in (1, 2):
                    response = await asked(exchange, port)
                    assert isinstance(response, VendorResponse)
                    assert response.body == {"number": number}
                assert len(vendor.writers) == 1  # it is kept where nothing comes between
                vendor.writers[0].write(between)
                for _ in range(turns):
                    await asyncio.sleep(0)
                response = await asked(exchange, port)
                assert isinstance(response, VendorResponse)
                assert response.body == {"number": 3}
        for writer in vendor.writers:
            writer.close()


def test_a_vendor_that_speaks_first_is_heard_on_its_one_connection() -> None:
    """A gateway that is full answers before it reads; to connect again and again would only fill it."""
    taken: list[asyncio.StreamWriter] = []

    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)
        writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    async def ask() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with server, HttpExchange() as exchange:
            response = await exchange.send(of_port(server.sockets[0].getsockname()[1]), 5)
            assert isinstance(response, VendorResponse)
            assert (response.status, len(taken)) == (503, 1)
        taken[0].close()

    # There it has come before the connection is handed over.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ask())


def test_an_empty_body_has_a_type_where_the_method_means_one() -> None:
    for method, headers in {
        "GET": set(),
        "DELETE": {b"content-length: 0"},
        "POST": {b"content-length: 0", b"content-type: application/octet-stream"},
    }.items():
        asking = RequestTemplate(method=method, path="/x")
        prepared = PreparedRequest(asking, base_url="http://vendor.example", auth=Auth(), headers={}, credentials={})
        lines = prepared.fill({}).encode().lower().split(b"\r\n")
        assert {line for line in lines if line.startswith(b"content-")} == headers, method


async def test_a_header_may_be_long(subtests: pytest.Subtests) -> None:
    """Policies of content often are, and the answer has been paid for."""
    for size, read in ((9_000, True), (MAX_HEADER - 100, True), (MAX_HEADER * 2, False)):
        vendor = Vendor(b"content-security-policy: " + b"a" * size + b"\r\n")
        server = await asyncio.start_server(vendor.serve, "127.0.0.1", 0)
        async with server, HttpExchange() as exchange:
            with row(subtests, str(size)):
                response = await asked(exchange, server.sockets[0].getsockname()[1])
                assert isinstance(response, VendorResponse) is read
        for writer in vendor.writers:
            writer.close()
