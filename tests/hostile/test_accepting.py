"""A4: connections that come at once are accepted in a few turns of the event loop, so that the next waits little."""

import asyncio
import socket
from contextlib import ExitStack

import uvloop

from app.serving import ACCEPTED_IN_A_TURN, Accepting, listen

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
