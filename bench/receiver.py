"""A receiver of webhooks that records when the first byte of each arrives."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

import msgspec

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
SLOW_SECONDS = 3.0


class Mood(StrEnum):
    """The behaviour of a receiver."""

    WELL = "well"
    HANGS = "hangs"
    FAILS = "fails"
    SLOW = "slow"


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    run_id: str


class Receiver:
    """The arrivals by run: the time of the first byte, in seconds since 1970."""

    def __init__(self, mood: Mood = Mood.WELL) -> None:
        """Begin with nothing."""
        self.url = ""
        self.taken = 0
        self._mood = mood
        self.arrived: dict[str, float] = {}
        self._news = asyncio.Condition()
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def all_of(self, count: int, seconds: float) -> None:
        """Wait until so many have arrived.

        Raises:
            TimeoutError: When they do not.
        """
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(self.arrived) >= count)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        if task := asyncio.current_task():
            self._open[task] = writer
            task.add_done_callback(self._open.pop)
        try:
            while first := await reader.read(1):
                arrived = time.time_ns() / 1e9
                head = first + await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
                event = msgspec.json.decode(await reader.readexactly(length), type=_Event)
                self.arrived.setdefault(event.run_id, arrived)
                self.taken += 1
                await self._answer(reader, writer)
                async with self._news:
                    self._news.notify_all()
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match self._mood:
            case Mood.HANGS:
                with suppress(ConnectionError):
                    await reader.read()
            case Mood.FAILS:
                writer.write(FAILURE)
            case Mood.SLOW:
                await asyncio.sleep(SLOW_SECONDS)
                writer.write(ANSWER)
            case Mood.WELL:
                writer.write(ANSWER)

    async def close(self) -> None:
        """Hang up."""
        for writer in self._open.values():
            writer.close()
        if self._open:
            await asyncio.wait(self._open)


@asynccontextmanager
async def receiver(mood: Mood = Mood.WELL) -> AsyncIterator[Receiver]:
    """Listen on a free port."""
    made = Receiver(mood)
    listening = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hook"
    try:
        yield made
    finally:
        # In this order: a connection that arrives during the shutdown would log an error.
        listening.close()
        await made.close()
