"""Played vendors in a process of their own: three that are asked for an address, of which the last one knows it."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from bench.processes import Server, server

# Each is asked by one request, with no bound on calls at once.
VENDORS = ("hunter", "leadmagic", "skrapp")
CALLS = len(VENDORS)
_COMPANY = re.compile(rb"company-(\d{9})")
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def _answer(status: bytes, body: object) -> bytes:
    written = msgspec.json.encode(body)
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(written)) + written


# The number of the company in the hits below, which each answer replaces by its own.
_NUMBER = "0" * 9
_ADDRESS = f"jane.doe@company-{_NUMBER}.example"
_HITS = {
    b"GET /email-finder": {"data": {"email": _ADDRESS, "score": 97, "verification": {"status": "valid"}}},
    b"POST /v1/people/email-finder": {"email": _ADDRESS, "status": "valid", "credits_consumed": 1},
    b"GET /api/v2/find": {"email": _ADDRESS, "quality": {"status": "valid"}, "accuracy": 97},
}
_FOUND = {line: _answer(b"200 OK", body) for line, body in _HITS.items()}
_MISS = _answer(b"404 Not Found", {"status": "not_found"})


class _Vendor(asyncio.Protocol):
    """One connection: misses until a company's last call, which finds its person."""

    def __init__(self, asked: Counter[bytes], latency: float) -> None:
        self._asked, self._latency = asked, latency
        self._data = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # a stream's

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(_END_OF_HEAD)
        length = _LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        answer, self._data = self._reply(self._data), b""
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
        else:
            self._transport.write(answer)

    def _reply(self, request: bytes) -> bytes:
        company = _COMPANY.search(request)
        if company is None:
            return _MISS
        self._asked[company[1]] += 1
        if self._asked[company[1]] < CALLS:
            return _MISS
        line = request[: request.find(b"?" if request.startswith(b"GET") else b" HTTP/")]
        return _FOUND[line].replace(_NUMBER.encode(), company[1])


async def serve(latency: float) -> int:
    """Listen on a free port of this machine, which is returned; each answer takes `latency` seconds."""
    asked = Counter[bytes]()
    made = await asyncio.get_running_loop().create_server(lambda: _Vendor(asked, latency), "127.0.0.1", 0, backlog=8192)
    return int(made.sockets[0].getsockname()[1])


@contextmanager
def vendors(latency: float = 0.0) -> Iterator[Server]:
    """Run them in a process of their own; an answer takes so many seconds."""
    with server("vendors", str(latency)) as running:
        yield running


def configured(port: int, *, limit: str = "1000000/1") -> Mapping[str, str]:
    """Return the settings with which a stack asks them at a port, as often as `limit` lets it."""
    named: dict[str, str] = {}
    for slug in VENDORS:
        prefix = f"LEADRUN_PROVIDER_{slug.upper()}"
        named |= {f"{prefix}_API_KEY": "made-up-key", f"{prefix}_BASE_URL": f"http://127.0.0.1:{port}"}
        named |= {f"{prefix}_LIMITS": limit}
    return {**named, "LEADRUN_PREFLIGHT": "false"}
