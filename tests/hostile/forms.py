"""Forms of the app as bytes, whole or in part."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.hostile.wire import connect
from tests.web.stack import Person, Stack

LOGIN = "/app/login"
LIST = b"first_name,last_name,domain\nJane,Smith,acme.example\n"
ENCODED = {"content-type": "application/x-www-form-urlencoded"}
FORM = {"content-type": "multipart/form-data; boundary=x"}


def part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + value + b"\r\n"


def file_form(content: bytes, filename: bytes = b"x.csv", more: bytes = b"") -> bytes:
    return part(b"file", content, b'; filename="' + filename + b'"') + more + b"--x--\r\n"


@contextmanager
def sending(stack: Stack, person: Person, path: str, begin: bytes) -> Iterator[socket.socket]:
    """Send the beginning of a form, and leave."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"X-CSRF-Token: {person.csrf}\r\nCookie: leadrun_session={person.secret}\r\nContent-Length: 60000\r\n\r\n"
    )
    with closing(connect(stack.url)) as connection:
        connection.sendall(head.encode() + begin)
        yield connection
