"""Send requests with httpx, blocking and asynchronously; nothing is decided here."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

import httpx

from leadrun._exchange import Lost, Reply, Request, Steps
from leadrun._target import Target

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_OK = 200
# How long a pause may go on after it is asked to end.
_NAP = 0.25
T = TypeVar("T")


class Broken(Exception):  # noqa: N818 - it leads to a repetition, not to the caller
    """A stream that ended; `answer` says how."""

    def __init__(self, answer: Reply | Lost) -> None:
        """Keep the answer."""
        super().__init__()
        self.answer = answer


class Stopped(Exception):  # noqa: N818 - nobody waits for it any more
    """An operation that was asked to end between two steps."""


def lost(error: httpx.TransportError) -> Lost:
    """Describe why there is no answer."""
    kind = type(error).__name__
    reason = f"{kind}: {error}" if str(error) else kind
    if not isinstance(error, _NEVER_SENT):
        return Lost(reason=reason, sent=True)
    url = error.request.url
    return Lost(reason=f"{url.scheme}://{url.netloc.decode()} cannot be reached ({reason})", sent=False)


def _lower(headers: httpx.Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _some(answer: httpx.Response, most: int) -> bytes:
    body = b""
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > most:
            break
    return body[:most]


async def _some_awaited(answer: httpx.Response, most: int) -> bytes:
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > most:
            break
    return body[:most]


class DividedLines:
    """Divides a stream at line ends alone; httpx also divides inside of texts, such as at U+2028, which JSON may hold.

    Source: WHATWG HTML, 9.2.6. A lone carriage return, which leadrun does not send, is no line end here.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that are whole with this chunk."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        return [line.removesuffix(b"\r").decode(errors="replace") for line in whole]


class BlockingTransport:
    """Sends requests and waits for their answers; threads may share it."""

    def __init__(self, target: Target, client: httpx.Client | None) -> None:
        """Use a client of the caller's, or one of its own."""
        self._target = target
        self.client = client or httpx.Client(limits=httpx.Limits(max_connections=None, max_keepalive_connections=100))

    def send(self, request: Request) -> Reply | Lost:
        """Send a request."""
        begun = time.monotonic()
        try:
            with self.client.stream(**self._target.wire(request)) as answer:
                if request.save_to and answer.status_code == _OK:
                    with written(request.save_to) as file:
                        for chunk in answer.iter_bytes():
                            file.write(chunk)
                    body = b""
                elif request.most_bytes is not None and answer.status_code == _OK:
                    body = _some(answer, request.most_bytes)
                else:
                    body = answer.read()
                headers = _lower(answer.headers)
        except httpx.TransportError as error:
            return lost(error)
        return Reply(status=answer.status_code, headers=headers, body=body, seconds=time.monotonic() - begun)

    def perform(self, steps: Steps[T], stop: Callable[[], bool] = bool) -> T:
        """Take the steps of an operation; `stop` ends it between two of them."""
        answer: Reply | Lost | None = None
        try:
            while True:
                step = steps.send(answer)
                if stop():
                    raise Stopped
                answer = None
                if isinstance(step, Request):
                    answer = self.send(step)
                else:
                    _pause(step.seconds, stop)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    def lines(self, request: Request) -> Iterator[str]:
        """Read a stream line by line; at its end, or where it breaks, `Broken` is raised."""
        try:
            with self.client.stream(**self._target.wire(request)) as answer:
                if answer.status_code != _OK:
                    raise Broken(Reply(status=answer.status_code, headers=_lower(answer.headers), body=answer.read()))
                divided = DividedLines()
                for chunk in answer.iter_bytes():
                    yield from divided.feed(chunk)
        except httpx.TransportError as error:
            raise Broken(lost(error)) from error
        raise Broken(_ENDED)


class AwaitingTransport:
    """Sends requests without blocking the event loop."""

    def __init__(self, target: Target, client: httpx.AsyncClient | None) -> None:
        """Use a client of the caller's, or one of its own."""
        self._target = target
        self.client = client or httpx.AsyncClient(
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100)
        )

    async def send(self, request: Request) -> Reply | Lost:
        """Send a request."""
        begun = time.monotonic()
        try:
            async with self.client.stream(**self._target.wire(request)) as answer:
                if request.save_to and answer.status_code == _OK:
                    with written(request.save_to) as file:
                        async for chunk in answer.aiter_bytes():
                            file.write(chunk)
                    body = b""
                elif request.most_bytes is not None and answer.status_code == _OK:
                    body = await _some_awaited(answer, request.most_bytes)
                else:
                    body = await answer.aread()
                headers = _lower(answer.headers)
        except httpx.TransportError as error:
            return lost(error)
        return Reply(status=answer.status_code, headers=headers, body=body, seconds=time.monotonic() - begun)

    async def perform(self, steps: Steps[T]) -> T:
        """Take the steps of an operation; cancelling the task ends it between two of them."""
        answer: Reply | Lost | None = None
        try:
            while True:
                step = steps.send(answer)
                answer = None
                if isinstance(step, Request):
                    answer = await self.send(step)
                else:
                    await asyncio.sleep(step.seconds)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    async def lines(self, request: Request) -> AsyncIterator[str]:
        """Read a stream line by line; at its end, or where it breaks, `Broken` is raised."""
        try:
            async with self.client.stream(**self._target.wire(request)) as answer:
                if answer.status_code != _OK:
                    body = await answer.aread()
                    raise Broken(Reply(status=answer.status_code, headers=_lower(answer.headers), body=body))
                divided = DividedLines()
                async for chunk in answer.aiter_bytes():
                    for line in divided.feed(chunk):
                        yield line
        except httpx.TransportError as error:
            raise Broken(lost(error)) from error
        raise Broken(_ENDED)


_ENDED = Lost(reason="the stream ended before the run", sent=True)


def _pause(seconds: float, stop: Callable[[], bool]) -> None:
    """Sleep, but not much longer than `stop` allows."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stop():
        time.sleep(min(left, _NAP))


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears when it is whole; what was written of one that is not, as on a full disk, goes away."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    shutil.move(part, path)
