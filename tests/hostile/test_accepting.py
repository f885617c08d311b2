"""A4: connections that come at once are accepted in a few turns of the event loop, so that the next waits little."""

import asyncio
import signal
import socket
from contextlib import ExitStack
from typing import Any, cast

import uvloop

from app.api.api import Api
from app.api.connection.connections import Connections
from app.api.server import GRACE_SECONDS, make_server
from app.serving import ACCEPTED_IN_A_TURN, Accepting, listen
from tests.servers import settings_of

AT_ONCE = 2 * ACCEPTED_IN_A_TURN


def test_a4_a_turn_of_the_event_loop_accepts_many_connections() -> None:
    accepted = list[int]()
    turns = 0

    async def serve() -> None:
        nonlocal turns
        listener = listen("127.0.0.1", 0)

        class Counting(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                accepted.append(turns)
                accepting.more()
                transport.close()

        accepting = Accepting(listener, Counting)
        server = await asyncio.get_running_loop().create_server(Counting, sock=listener, backlog=AT_ONCE)
        with ExitStack() as stack:
            for _ in range(AT_ONCE):
                stack.enter_context(socket.create_connection(listener.getsockname()))
            while len(accepted) < AT_ONCE:
                await asyncio.sleep(0)
                turns += 1
        server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
    # The first is uvloop's, and what is accepted is connected a turn later.
    assert max(accepted) - min(accepted) <= AT_ONCE / ACCEPTED_IN_A_TURN + 3


class Unasked:
    """An application that nobody asks anything."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()

    async def __call__(self, _scope: object, receive: Any, send: Any) -> None:
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})


def test_a4_an_end_waits_for_no_connection_that_is_being_made() -> None:
    async def serve() -> None:
        listener = listen("127.0.0.1", 0)
        server = make_server(cast("Api", Unasked()), Connections(settings_of("", "")))
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - it sends no signal
            await asyncio.sleep(0)
        with ExitStack() as stack:
            for _ in range(AT_ONCE):
                stack.enter_context(socket.create_connection(listener.getsockname()))
            server.handle_exit(signal.SIGTERM, None)
            await asyncio.wait_for(serving, GRACE_SECONDS - 0.5)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
