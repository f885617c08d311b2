"""A7: what is over is freed at once, and left to no collector, whose looks hold everybody up."""

import gc
import time
from collections.abc import Collection, Iterator
from contextlib import closing

import pytest

from app.api.connection.cycle import RequestCycle
from app.api.connection.protocol import Protocol
from app.api.http.request_context import RequestContext
from tests.api.door import Door
from tests.hostile.wire import connect

HEAD = b"Host: x\r\nConnection: close\r\n"
WHOLE = [
    b"GET /health/live HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"GET /health/live HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /nowhere HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /api/v1/credits HTTP/1.1\r\n" + HEAD + b"X-API-Key: nobody's\r\n\r\n",
    b"POST /api/v1/enrich HTTP/1.1\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 200 + b"\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n",
    b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    *[b"nothing that is HTTP\r\n\r\n"] * 3,
]
LEFT = [b"", b"GET /", b"POST /api/v1/enrich HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"]
KINDS = (Protocol, RequestCycle, RequestContext)


def alive(before: Collection[object] = ()) -> list[object]:
    """All that belongs to a connection or a request, without what other tests have left."""
    gc.unfreeze()  # what was kept out of the collector's looks meanwhile
    known = {id(one) for one in before}
    return [one for one in gc.get_objects() if isinstance(one, KINDS) and id(one) not in known]


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Nothing is freed but what nothing refers to."""
    gc.collect()
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a7_a_connection_that_is_over_is_freed_at_once(door: Door) -> None:
    before = alive()
    for text in WHOLE:
        with closing(connect(door.url)) as connection:
            connection.sendall(text)
            while connection.recv(65536):
                pass
    for text in LEFT:
        with closing(connect(door.url)) as connection:
            connection.sendall(text)
    deadline = time.monotonic() + 30
    # The parser keeps the last error that it raised until the next.
    while len(left := alive(before)) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)  # nothing says when the last socket has been closed
    assert len(left) <= 1, left
