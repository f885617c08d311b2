"""A receiver of many hosts that fails, hangs and breaks off by the dice, remembers all, and strikes when asked."""

import asyncio
import hashlib
import socket
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

PATIENCE = 90.0


class Moods(Protocol):
    """What a receiver's mood depends on."""

    def share(self, host: str) -> float:
        """Return a number from 0 to 1 for the next answer of a host."""
        ...


class Dice:
    """Chance that a seed repeats."""

    def __init__(self, seed: int | str) -> None:
        self._seed, self._throws = seed, 0

    def share(self, _host: str = "") -> float:
        """Return a number from 0 to 1."""
        self._throws += 1
        digest = hashlib.sha256(f"{self._seed}:{self._throws}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64


class Rounds:
    """Twenty answers in a fixed order, over and over, where each host begins elsewhere.

    The shares are exact, and never do so many failures follow each other that a host is left alone for a while.
    """

    _ORDER = (1.0, 1.0, 0.1, 1.0, 0.0, 1.0, 1.0, 0.1, 1.0, 1.0, 0.05, 1.0, 1.0, 0.1, 1.0, 1.0, 1.0, 0.1, 1.0, 1.0)

    def __init__(self, seed: int) -> None:
        self._seed, self._next = seed, Counter[str]()

    def share(self, host: str) -> float:
        """Return a number from 0 to 1 for the next answer of a host."""
        self._next[host] += 1
        begin = int(len(self._ORDER) * Dice(f"{self._seed}:{host}").share())
        return self._ORDER[(begin + self._next[host]) % len(self._ORDER)]


Read = Callable[[str, bytes], Hashable]
Strike = Callable[[int], Awaitable[None]]


@dataclass
class Moody:
    """What arrived; `strike` is called once, with the sender's port, at the step that `armed` names.

    Attributes:
        read: Returns of a path and a body which event it is; `ids` keeps under which ids each arrived.
        taken: The ids that were answered with a success.
    """

    moods: Moods
    read: Read
    port: int = 0
    requests: int = 0
    repeats: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    ids: dict[Hashable, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: set[str] = field(default_factory=set)
    armed: str = ""
    _strike: Strike | None = None
    _struck: asyncio.Event = field(default_factory=asyncio.Event)

    async def struck(self, step: str, strike: Strike) -> None:
        """Arm, and wait for the strike: as soon as a connection is there, or a request was read."""
        self._struck.clear()
        self.armed, self._strike = step, strike
        async with asyncio.timeout(PATIENCE):
            await self._struck.wait()

    async def _pass(self, step: str, port: int) -> bool:
        if self.armed != step or self._strike is None:
            return False
        self.armed = ""
        await self._strike(port)
        self._struck.set()
        return True

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, which carries one request."""
        port = writer.get_extra_info("peername")[1]
        try:
            await self._pass("connecting", port)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            event = self.read(head[0].split()[1], await reader.readexactly(int(headers["content-length"])))
            name = headers["webhook-id"]
            self.requests += 1
            self.ids[event].add(name)
            self.repeats += name in self.taken
            if not await self._pass("sending", port):
                await self._answer(name, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mood = self.moods.share(writer.get_extra_info("sockname")[0])
        if mood < 0.05:
            self.answers["hang"] += 1
            await reader.read()
        elif mood < 0.10:
            self.answers["reset"] += 1
            writer.transport.abort()
        else:
            status = 500 if mood < 0.30 else 204
            self.answers[str(status)] += 1
            writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            if status == 204:
                self.taken.add(name)


@asynccontextmanager
async def moody(moods: Moods, read: Read) -> AsyncIterator[Moody]:
    """Listen on every loopback address."""
    sock = socket.create_server(("0.0.0.0", 0), backlog=512)  # noqa: S104 - all of 127.0.0.0/8, one host each
    receiver = Moody(moods=moods, read=read, port=sock.getsockname()[1])
    server = await asyncio.start_server(receiver.handle, sock=sock)
    try:
        yield receiver
    finally:
        server.close()
