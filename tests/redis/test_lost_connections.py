"""Connections to Redis that lead nowhere are noticed and replaced, whatever they say, and if they say nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from app.redis.client import RedisAwayError, SteadyRedis, open_redis
from app.redis.notifications import Notifications
from app.settings.settings import Settings
from tests.play.broken_redis import ANSWERS

# What a played server writes for a command, by the number of the connection; None ends it.
Answer = Callable[[int, bytes], bytes | None]
PING_OF_SUBSCRIBER = b"PING of a subscriber"
SUBSCRIBED = b">3\r\n$9\r\nsubscribe\r\n$15\r\nleadrun:changed\r\n:1\r\n"
LISTEN_SECONDS, ANSWER_SECONDS = 0.1, 0.2


class PlayedRedis:
    """A server that answers by the number of the connection and the command.

    Attributes:
        accepted: Is called with the number of each connection, before it is served.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.connections = 0
        self.accepted: Callable[[int], None] = lambda _: None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        me = self.connections
        self.accepted(me)
        subscribed = False
        while line := await reader.readline():
            words = []
            for _ in range(int(line[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2])
            command = words[0].upper()
            subscribed |= command == b"SUBSCRIBE"
            # redis-py pings each new connection, before it subscribes.
            answer = self._answer(me, PING_OF_SUBSCRIBER if subscribed and command == b"PING" else command)
            if answer is None:
                break
            writer.write(answer)
        writer.close()


@asynccontextmanager
async def played(answer: Answer) -> AsyncIterator[tuple[PlayedRedis, SteadyRedis]]:
    """Run a server, and a client of it."""
    redis = PlayedRedis(answer)
    server = await asyncio.start_server(redis.serve, "127.0.0.1", 0)
    client = open_redis(Settings(redis_url=f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"))
    assert isinstance(client, SteadyRedis)
    try:
        yield redis, client
    finally:
        await client.aclose()
        server.close()


def greeted(command: bytes) -> bytes | None:
    """Answer what a client says first."""
    pong = b"+PONG\r\n"
    return {
        b"HELLO": b"%1\r\n+proto\r\n:3\r\n",
        b"CLIENT": b"+OK\r\n",
        b"PING": pong,
        PING_OF_SUBSCRIBER: pong,
    }.get(command)


@pytest.mark.parametrize("error", ["READONLY", "MASTERDOWN"])
async def test_a_replica_is_left_for_the_server_that_its_address_leads_to_by_now(error: str) -> None:
    def answer(number: int, command: bytes) -> bytes | None:
        return greeted(command) or (ANSWERS[error] if number == 1 else b"+OK\r\n")

    async with played(answer) as (server, client):
        with pytest.raises(RedisAwayError):
            await client.set("k", "v")
        assert await client.set("k", "v")
        assert await client.set("k", "v")
        assert server.connections == 2


async def test_an_answer_that_is_an_error_of_the_command_keeps_the_connection() -> None:
    async with played(lambda _, command: greeted(command) or ANSWERS["another error"]) as (server, client):
        for _ in range(3):
            with pytest.raises(RedisAwayError):
                await client.set("k", "v")
        assert server.connections == 1


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_a_connection_at_rest_that_cannot_be_looked_at_goes_back(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    async with played(lambda _, command: greeted(command) or b"+OK\r\n") as (server, client):
        await client.set("k", "v")
        (rested,) = client._at_rest  # noqa: SLF001 - uvloop raises in it at a moment that no test can hit

        async def fail() -> bool:
            monkeypatch.undo()
            raise error

        monkeypatch.setattr(rested, "can_read", fail)
        if error is RuntimeError:
            assert await client.set("k", "v")
            assert server.connections == 2
        else:
            with pytest.raises(asyncio.CancelledError):
                await client.set("k", "v")
        assert len(client.connection_pool._in_use_connections) == len(client._at_rest)  # noqa: SLF001


async def notices(answer: Answer, lost: int) -> None:
    """Listen to a server whose connections before `lost` lead nowhere in the end; that one is served well."""
    async with played(answer) as (server, client):
        notifications = Notifications(client, listen_seconds=LISTEN_SECONDS, answer_seconds=ANSWER_SECONDS)
        knew: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def accepted(number: int) -> None:
            if number == lost:
                knew.set_result(not notifications.connected)

        server.accepted = accepted
        await notifications.open()
        async with asyncio.timeout(30):
            assert await knew, "it says that it is connected"
            await notifications.wait_connected()
        await notifications.close()


async def test_a_listener_whose_new_connection_is_accepted_and_never_served_gives_it_up() -> None:
    def answer(number: int, command: bytes) -> bytes | None:
        match number, command:
            case 2, _:
                return b""
            case 1, _ if command == PING_OF_SUBSCRIBER:
                return None
            case _, b"SUBSCRIBE":
                return SUBSCRIBED
        return greeted(command) or b""

    await notices(answer, lost=3)


async def test_a_listener_that_gets_no_answer_to_its_ping_connects_anew() -> None:
    def answer(number: int, command: bytes) -> bytes | None:
        match number, command:
            case 1, _ if command == PING_OF_SUBSCRIBER:
                return b""
            case _, b"SUBSCRIBE":
                return SUBSCRIBED
        return greeted(command) or b""

    await notices(answer, lost=2)


async def test_a_silent_channel_whose_pings_are_answered_stays() -> None:
    pings, enough = 0, asyncio.Event()

    def answer(_: int, command: bytes) -> bytes | None:
        nonlocal pings
        if command == b"SUBSCRIBE":
            return SUBSCRIBED
        pings += command == PING_OF_SUBSCRIBER
        if pings == 4:
            enough.set()
        return greeted(command) or b""

    async with played(answer) as (server, client):
        notifications = Notifications(client, listen_seconds=LISTEN_SECONDS, answer_seconds=ANSWER_SECONDS)
        await notifications.open()
        async with asyncio.timeout(30):
            await enough.wait()
        assert notifications.connected
        assert server.connections == 1
        await notifications.close()
