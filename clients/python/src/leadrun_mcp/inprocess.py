"""Send httpx's requests to an ASGI application of the same process, streaming, with no socket between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any

import httpx

Message = MutableMapping[str, Any]
AskForBody = Callable[[], Awaitable[Message]]
TakeAnswer = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], AskForBody, TakeAnswer], Awaitable[None]]


class InProcessTransport(httpx.AsyncBaseTransport):
    """A transport whose requests come from the client that is served: from its address, and for its sake."""

    def __init__(self, app: App, outer: dict[str, Any], headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep the application.

        Args:
            app: Answers.
            outer: The scope of the request for whose sake the application is asked.
            headers: Added to each request.
        """
        self._app, self._headers = app, list(headers)
        kept = ("asgi", "scheme", "client", "server")
        self._kept: dict[str, Any] = {name: outer[name] for name in kept if name in outer}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path.split(b"?")[0],
            "query_string": request.url.query,
            "root_path": "",
            "headers": [*((name.lower(), value) for name, value in request.headers.raw), *self._headers],
            **self._kept,
        }
        exchange = _AppExchange(await request.aread())
        exchange.begin(self._app, scope)
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            start = await asyncio.wait_for(exchange.start(), seconds)
        except (TimeoutError, asyncio.TimeoutError):  # two classes before Python 3.11
            await exchange.aclose()
            raise httpx.ReadTimeout("the API did not answer in time", request=request) from None
        except BaseException:
            await exchange.aclose()
            raise
        return httpx.Response(start["status"], headers=start["headers"], stream=exchange)


class _AppExchange(httpx.AsyncByteStream):
    """A request under way in the application, and the body of its answer."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        # Small, so that an answer is written as it is read.
        self._answer: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=2)
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, app: App, scope: dict[str, Any]) -> None:
        self._task = asyncio.create_task(self._run(app, scope), name="mcp: ask the API")

    async def start(self) -> Message:
        """Wait for the status and the headers."""
        message = await self._answer.get()
        if message is None:
            raise httpx.RemoteProtocolError("the API gave no answer")
        return message

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self._answer.get()) is not None:
            if body := message.get("body"):
                yield body
            if not message.get("more_body"):
                return
        raise httpx.RemoteProtocolError("the answer of the API broke off")

    async def aclose(self) -> None:
        """End it; what the application still does for it is cancelled."""
        self._closed.set()
        if self._task and not self._task.done():
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._task

    async def _run(self, app: App, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        finally:
            if not self._closed.is_set():
                await self._answer.put(None)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if not self._closed.is_set():
            await self._answer.put(message)
