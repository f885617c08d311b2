"""A Redis that answers every command in the same wrong way."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

# What a server says that is of no use now (Redis and Valkey, their source and documentation), and what breaks a
# connection: nothing, half an answer, bytes that are no answer, an answer of another kind, a reset.
ANSWERS = {
    "READONLY": b"-READONLY You can't write against a read only replica.\r\n",
    "UNBLOCKED": b"-UNBLOCKED force unblock from blocking operation, instance state changed\r\n",
    "LOADING": b"-LOADING Redis is loading the dataset in memory\r\n",
    "MOVED": b"-MOVED 3999 127.0.0.1:1\r\n",
    "ASK": b"-ASK 3999 127.0.0.1:1\r\n",
    "NOAUTH": b"-NOAUTH Authentication required.\r\n",
    "WRONGPASS": b"-WRONGPASS invalid username-password pair or user is disabled.\r\n",
    "NOPERM": b"-NOPERM User default has no permissions to run the 'evalsha' command\r\n",
    "OOM": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    "BUSY": b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n",
    "MISCONF": b"-MISCONF Redis is configured to save RDB snapshots, but is unable to persist on disk.\r\n",
    "MASTERDOWN": b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
    "NOREPLICAS": b"-NOREPLICAS Not enough good replicas to write.\r\n",
    "CLUSTERDOWN": b"-CLUSTERDOWN The cluster is down\r\n",
    "TRYAGAIN": b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n",
    "NOSCRIPT": b"-NOSCRIPT No matching script. Please use EVAL.\r\n",
    "WRONGTYPE": b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
    "too many clients": b"-ERR max number of clients reached\r\n",
    "another error": b"-ERR unknown command\r\n",
    "half an answer": b"$100\r\nabc",
    "no answer of Redis": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "bytes": b"\x00\xff\xfe\r\n",
    "another kind": b"+PONG\r\n",
    "an empty list": b"*0\r\n",
    "nothing": b"",
    "closed": b"close",
    "reset": b"reset",
    "reset at once": b"at once",
}


@asynccontextmanager
async def broken_redis(answer: bytes) -> AsyncIterator[str]:
    """Run one; yields its URL."""

    def reset(writer: asyncio.StreamWriter) -> None:
        opened = writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            if answer == b"at once":
                reset(writer)
            while answer != b"at once" and await reader.read(65536):
                match answer:
                    case b"reset":
                        reset(writer)
                    case b"close":
                        break
                    case _:
                        writer.write(answer)
                        await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        server.close()
