"""Hunter's account call, played on a loopback socket and on threads of its own, as commands bring their event loop."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class AccountCall(ThreadingHTTPServer):
    """The vendor: `status` and `left` say what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status, self.left = 200, 42
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """Answers as its server says."""

    server: AccountCall

    def do_GET(self) -> None:
        """Answer the account call."""
        self.server.asked.append(f"{self.command} {self.path}")
        body = b'{"data": {"requests": {"credits": {"remaining": %d}}}}' % self.server.left
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def played_account_call() -> Iterator[AccountCall]:
    """Play it while the block lasts."""
    with AccountCall() as serving:
        thread = Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()
