"""Raw bytes to a server over a socket, and what comes back."""

import socket
from contextlib import closing, suppress
from urllib.parse import urlsplit

import msgspec

PATIENCE = 60.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response as it was read: status 0 when the connection ended without one."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(url: str, *, receive_buffer: int | None = None) -> socket.socket:
    """Open a connection."""
    parts = urlsplit(url)
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(PATIENCE)
    connection.connect((parts.hostname or "", parts.port or 80))
    return connection


def drained(connection: socket.socket) -> bytes:
    """Read until the server closes."""
    received = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def ask_whether_it_lives(connection: socket.socket) -> None:
    """Ask on a connection that stays open, and read the whole answer, which may come in pieces."""
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: leadrun.example\r\n\r\n")
    received = b""
    while not received.endswith(b"}"):
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    assert b"200 OK" in received


def exchange(url: str, *pieces: bytes, half_close: bool = False) -> list[Answer]:
    """Send pieces, and read every answer until the server closes the connection."""
    with closing(connect(url)) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        return answers(drained(connection))


def answers(received: bytes) -> list[Answer]:
    """Cut what came into answers; interim ones (1xx) are left out."""
    found = []
    while received:
        head, mark, rest = received.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        headers = {n.lower(): v for n, _, v in (line.decode("latin-1").partition(": ") for line in lines[1:])}
        status = int(lines[0].split()[1]) if mark and lines[0].startswith(b"HTTP/1.1 ") else 0
        if headers.get("transfer-encoding") == "chunked":
            body, _, received = rest.partition(b"0\r\n\r\n")
        else:
            length = int(headers.get("content-length", "0"))
            body, received = rest[:length], rest[length:]
        if status >= 200 or not status:
            found.append(Answer(status=status, headers=headers, body=body))
    return found
