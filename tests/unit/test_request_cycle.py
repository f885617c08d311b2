"""The head of an answer: written in one piece, and never with a header that ends it."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from app.api.connection.cycle import RequestCycle

DATE = (b"date", b"Mon, 04 May 2026 12:00:00 GMT")
PLAIN: list[tuple[bytes, bytes]] = [(b"content-type", b"text/plain"), (b"content-length", b"2")]


class PlayedTransport:
    """The bytes that were written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def cycle(transport: PlayedTransport, *, keep_alive: bool = True, method: str = "GET") -> RequestCycle:
    made: Any = RequestCycle(
        scope={"type": "http", "method": method},  # type: ignore[typeddict-item] # the rest is not looked at
        transport=transport,  # type: ignore[arg-type] # played
        flow=FlowControl(transport),  # type: ignore[arg-type] # played
        logger=logging.getLogger("test"),
        access_logger=logging.getLogger("test"),
        access_log=False,
        default_headers=[DATE],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )
    assert isinstance(made, RequestCycle)
    return made


def start(headers: list[tuple[bytes, bytes]]) -> Any:
    return {"type": "http.response.start", "status": 200, "headers": headers}


def body(data: bytes, *, more: bool = False) -> Any:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def test_an_answer_of_known_length_is_written_as_it_is() -> None:
    transport = PlayedTransport()
    answering = cycle(transport)
    await answering.send(start(PLAIN))
    await answering.send(body(b"ok"))
    date = b"date: Mon, 04 May 2026 12:00:00 GMT\r\n"
    head = b"HTTP/1.1 200 OK\r\n" + date + b"content-type: text/plain\r\ncontent-length: 2\r\n\r\n"
    assert transport.written == [head + b"ok"]
    assert answering.response_complete
    assert not transport.closed


async def test_a_connection_that_ends_says_so() -> None:
    transport = PlayedTransport()
    answering = cycle(transport, keep_alive=False)
    await answering.send(start(PLAIN))
    await answering.send(body(b"ok"))
    assert b"\r\nconnection: close\r\n" in b"".join(transport.written)
    assert transport.closed


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_answer_has_exactly_the_length_that_it_names(method: str) -> None:
    answering = cycle(PlayedTransport(), method=method)
    await answering.send(start(PLAIN))
    if method == "HEAD":
        await answering.send(body(b""))
        assert answering.response_complete
    else:
        with pytest.raises(RuntimeError, match="longer"):
            await answering.send(body(b"too long"))


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b", b"a\x7fb"])
async def test_a_header_that_would_end_itself_is_never_written(value: bytes) -> None:
    transport = PlayedTransport()
    with pytest.raises(RuntimeError, match="control character"):
        await cycle(transport).send(start([*PLAIN, (b"location", value)]))
    assert transport.written == []


@pytest.mark.parametrize("own", [(b"connection", b"close"), (b"transfer-encoding", b"chunked")])
async def test_what_an_answer_says_of_its_framing_is_obeyed(own: tuple[bytes, bytes]) -> None:
    transport = PlayedTransport()
    answering = cycle(transport)
    await answering.send(start([own] if own[0] == b"transfer-encoding" else [*PLAIN, own]))
    await answering.send(body(b"ok"))
    assert transport.closed is (own[0] == b"connection")
    assert b"".join(transport.written).endswith(b"ok" if transport.closed else b"2\r\nok\r\n0\r\n\r\n")


async def test_a_stream_has_its_head_at_once() -> None:
    transport = PlayedTransport()
    answering = cycle(transport)
    await answering.send(start([(b"content-type", b"text/event-stream")]))
    assert b"transfer-encoding: chunked" in b"".join(transport.written)
    await answering.send(body(b"one", more=True))
    assert transport.written[-1] == b"3\r\none\r\n"


async def test_nothing_is_written_to_a_client_that_has_gone() -> None:
    transport = PlayedTransport()
    answering = cycle(transport)
    answering.disconnected = True
    await answering.send(start(PLAIN))
    assert transport.written == []
