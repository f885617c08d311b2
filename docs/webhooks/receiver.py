"""Receive events of leadrun so that none is lost and none counts twice: verify, keep, answer at once, work later.

Needs Python 3.11 and `pip install standardwebhooks`. WEBHOOK_SECRET is the secret that leadrun signs with.
"""

import json
import os
import sqlite3
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = os.environ.get("WEBHOOK_SECRET") or sys.exit("Set WEBHOOK_SECRET to that of GET /api/v1/webhooks/secret.")
INBOX = os.environ.get("INBOX", "inbox.sqlite")
PORT = int(os.environ.get("PORT", "8765"))
LARGEST = 1024 * 1024

webhook = Webhook(SECRET)
arrived = threading.Event()


def keep(name: str, body: bytes) -> None:
    """Write an event down, once: a repeat has the same `webhook-id`, and changes nothing."""
    with closing(sqlite3.connect(INBOX)) as database, database:
        database.execute("INSERT INTO inbox (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, body))


def work() -> None:
    """Handle what was kept and not handled yet, also before a restart."""
    with closing(sqlite3.connect(INBOX)) as database:
        waiting = database.execute("SELECT id, body FROM inbox WHERE NOT handled ORDER BY rowid").fetchall()
        for name, body in waiting:
            handle(json.loads(body))
            with database:
                database.execute("UPDATE inbox SET handled = 1 WHERE id = ?", (name,))


def handle(event: dict[str, Any]) -> None:
    """Do what your application does with an event."""
    if event["type"] == "enrichment.completed" and event["resultStatus"] == "found":
        print(event["type"], event["runId"], event["result"].get("email"), flush=True)
    else:
        print(event["type"], event.get("runId"), flush=True)


class Receiver(BaseHTTPRequestHandler):
    """Takes one POST an event: any 2xx means that it arrived, anything else makes it try again."""

    timeout = 10

    def do_POST(self) -> None:
        """Believe nothing before the signature of the bytes, as they arrived, is verified."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LARGEST + 1))
        if len(body) > LARGEST:
            self.answer(413)
            return
        try:
            webhook.verify(body, dict(self.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # the latter when a header is no proper signature at all
            self.answer(401)
            return
        keep(self.headers["webhook-id"], body)
        self.answer(204)
        arrived.set()

    def answer(self, status: int) -> None:
        """Answer without a body."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing for each request."""


with closing(sqlite3.connect(INBOX)) as made, made:
    made.execute("CREATE TABLE IF NOT EXISTS inbox (id TEXT PRIMARY KEY, body BLOB, handled INTEGER DEFAULT 0)")
server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"webhookUrl: http://127.0.0.1:{server.server_port}/", flush=True)
while True:
    arrived.clear()
    work()
    arrived.wait()
