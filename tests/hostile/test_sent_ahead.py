"""A4: requests that clients send ahead of their answers begin one after the other, so that others wait for few."""

import asyncio
import socket
from collections import Counter
from contextlib import ExitStack
from typing import Any

import uvicorn
import uvloop

from app.api.connection.connections import Connections
from app.api.connection.protocol import Protocol
from app.serving import listen
from app.settings.settings import Settings

CLIENTS, AHEAD = 20, 10
REQUEST = b"GET / HTTP/1.1\r\nHost: leadrun.example\r\n\r\n"


def test_a4_of_the_requests_sent_ahead_one_begins_in_a_turn() -> None:
    begun = Counter[int]()
    turns = 0

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        begun[turns] += 1
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def serve() -> None:
        nonlocal turns
        config = uvicorn.Config(app, http=Protocol, log_config=None)
        config.load()
        state, connections, listener = (
            uvicorn.Server(config).server_state,
            Connections(Settings()),
            listen("127.0.0.1", 0),
        )
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Protocol(connections, config, state, {}), sock=listener, backlog=CLIENTS
        )
        with ExitStack() as stack:
            clients = [stack.enter_context(socket.create_connection(listener.getsockname())) for _ in range(CLIENTS)]
            # Each has its first answer, so that all are connected.
            for client in clients:
                client.sendall(REQUEST)
            while begun.total() < CLIENTS:
                await asyncio.sleep(0)
                turns += 1
            begun.clear()
            for client in clients:
                client.sendall(REQUEST * AHEAD)
            while begun.total() < CLIENTS * AHEAD:
                await asyncio.sleep(0)
                turns += 1
        server.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
    # The first of each client begins as it comes; those behind it one in a turn.
    assert sum(count - 1 for count in begun.values()) <= CLIENTS, begun
