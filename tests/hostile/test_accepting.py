"""A4: connections that come at once are accepted in a few turns of the event loop, so that the next waits little."""

import asyncio
import math
import socket
from contextlib import ExitStack

import uvloop

from app.serving import ACCEPTED_IN_A_TURN, listen, several

AT_ONCE = 80


def test_a4_a_turn_of_the_event_loop_accepts_several_connections() -> None:
    accepted = list[int]()
    turns = 0

    class Counting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.append(turns)
            transport.close()

    async def serve() -> None:
        nonlocal turns
        listeners = several(listen("127.0.0.1", 0))
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(Counting, sock=one) for one in listeners]
        with ExitStack() as stack:
            for _ in range(AT_ONCE):
                stack.enter_context(socket.create_connection(listeners[0].getsockname()))
            while len(accepted) < AT_ONCE:
                await asyncio.sleep(0)
                turns += 1
        for server in servers:
            server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
    assert max(accepted) - min(accepted) <= math.ceil(AT_ONCE / ACCEPTED_IN_A_TURN) + 1
