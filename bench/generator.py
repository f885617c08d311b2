"""The load generator: a process of its own that keeps connections busy and checks every answer that it counts."""

import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Iterator

import msgspec
import uvloop

from bench.figures import Figures, share

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
GRACE_SECONDS = 30.0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The requests to send, and the expected responses.

    Attributes:
        request: A whole HTTP/1.1 request with one ``%s``, which takes the values in turn.
        values: Texts of one length, because the request's Content-Length is fixed; without any, whole numbers of nine
            digits from `first` on are taken.
        status: That every answer must have.
        text: That every answer must hold.
        connections: Kept alive; each sends its next request when it has its answer.
        seconds: How long requests are begun.
        count: Most requests in all; 0 is no bound.
    """

    port: int
    request: str
    values: tuple[str, ...] = ()
    first: int = 0
    status: int = 200
    text: str = ""
    connections: int = 32
    seconds: float = 5.0
    count: int = 0


class _Run:
    """A running load: the state that its connections share."""

    def __init__(self, load: Load) -> None:
        self.request = load.request.encode().replace(b"%s", b"\0").replace(b"%", b"%%").replace(b"\0", b"%s")
        self.values = _values(load)
        self.expected = b"HTTP/1.1 %d " % load.status
        self.text = load.text.encode()
        self.began = time.perf_counter()
        self.until = self.began + load.seconds
        self.left = load.count or sys.maxsize
        self.latencies: list[float] = []
        self.wrong = 0
        self.sample = ""
        self.busy = load.connections
        self.over = asyncio.get_running_loop().create_future()

    def next(self) -> bytes | None:
        """Return the next request; None when there is to be no more."""
        if self.left <= 0 or time.perf_counter() >= self.until:
            return None
        self.left -= 1
        return self.request % next(self.values)

    def count(self, answer: bytes, seconds: float) -> None:
        if answer.startswith(self.expected) and self.text in answer:
            self.latencies.append(seconds)
        else:
            self.fail(answer.decode(errors="replace"))

    def fail(self, what: str) -> None:
        self.wrong += 1
        self.sample = self.sample or what[:500]

    def end(self) -> None:
        self.busy -= 1
        if not self.busy and not self.over.done():
            self.over.set_result(None)


def _values(load: Load) -> Iterator[bytes]:
    if load.values:
        return itertools.cycle([value.encode() for value in load.values])
    return (b"%09d" % number for number in itertools.count(load.first))


class _Connection(asyncio.Protocol):
    """One connection, one request at a time; the Content-Length separates the responses."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._sent = 0.0
        self._waiting = False
        self._ended = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # a stream's
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(END_OF_HEAD)
        if head < 0:
            return
        folded = self._buffer[:head].lower()
        at = folded.find(LENGTH)
        if at < 0:
            self._run.fail(folded.decode(errors="replace"))
            self._transport.close()
            return
        end = folded.find(b"\r", at)
        length = int(folded[at + len(LENGTH) : end if end > 0 else None])
        if len(self._buffer) >= head + len(END_OF_HEAD) + length:
            answer, self._buffer = self._buffer, b""
            self._waiting = False
            self._run.count(answer, time.perf_counter() - self._sent)
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting:
            self._run.fail(f"the connection was closed: {error}")
        self._end()

    def _send(self) -> None:
        request = self._run.next()
        if request is None:
            self._end()
            self._transport.close()
            return
        self._waiting = True
        self._sent = time.perf_counter()
        self._transport.write(request)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._run.end()


async def run(load: Load) -> Figures:
    """Run a load.

    Raises:
        TimeoutError: When answers stay away for half a minute after the load is over.
    """
    loop = asyncio.get_running_loop()
    state = _Run(load)
    cpu = time.process_time()
    for _ in range(load.connections):
        await loop.create_connection(lambda: _Connection(state), "127.0.0.1", load.port)
    await asyncio.wait_for(state.over, load.seconds + GRACE_SECONDS)
    elapsed = time.perf_counter() - state.began
    state.latencies.sort()
    return Figures(
        count=len(state.latencies),
        wrong=state.wrong,
        sample=state.sample,
        seconds=elapsed,
        p50_ms=share(state.latencies, 0.50) * 1000,
        p99_ms=share(state.latencies, 0.99) * 1000,
        cpu_seconds=time.process_time() - cpu,
    )


def main() -> None:
    """Answer one load a line, until standard input ends."""
    gc.disable()  # its pauses would be measured as the server's
    for line in sys.stdin.buffer:
        figures = uvloop.run(run(msgspec.json.decode(line, type=Load)))
        sys.stdout.buffer.write(msgspec.json.encode(figures) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
