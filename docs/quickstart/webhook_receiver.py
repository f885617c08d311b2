"""Receive the events of runs that have ended, and make sure that they come from your leadrun.

The signature is that of Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA256 over id, timestamp and
body. It is spelled out here; the packages `standardwebhooks` of PyPI and npm do the same, and so
does `webhooks.unwrap` of the Python client; see docs/clients.md.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("LEADRUN_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("LEADRUN_KEY") or sys.exit("Set LEADRUN_KEY to one of the keys that `make up` prints.")
TOLERANCE = 300  # seconds that a timestamp may be off, against replays
LARGEST = 1024 * 1024
# Names and results in the events; each type of event has some of them.
MEMBERS = ("type", "runId", "id", "job_id", "index", "endpointId", "resultStatus")

seen: set[str] = set()


def read_secret() -> bytes:
    """Ask leadrun for the secret that it signs with."""
    request = Request(f"{URL}/api/v1/webhooks/secret", headers={"Authorization": f"Bearer {KEY}"})
    try:
        with urlopen(request, timeout=30) as answer:
            return base64.b64decode(json.load(answer)["secret"].removeprefix("whsec_"))
    except HTTPError as error:
        sys.exit(f"{error.code}: {json.load(error)['error']}")
    except (OSError, ValueError) as error:
        sys.exit(f"No leadrun answers at {URL} ({error}); start one with `make up`, or set LEADRUN_URL.")


def is_genuine(name: str, timestamp: str, signatures: str, body: bytes) -> bool:
    """Check a signature; during a rotation the header holds several, separated by spaces."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    digest = hmac.digest(secret, f"{name}.{timestamp}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(digest)
    return any(hmac.compare_digest(expected, one.encode()) for one in signatures.split())


class Receiver(BaseHTTPRequestHandler):
    """Takes one POST an event; any 2xx means that it arrived, anything else makes it try again."""

    timeout = 10

    def do_POST(self) -> None:
        """Check the event before a word of it is believed."""
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdecimal() and int(length) <= LARGEST else b""
        name = self.headers.get("webhook-id", "")
        timestamp, signatures = self.headers.get("webhook-timestamp", ""), self.headers.get("webhook-signature", "")
        genuine = is_genuine(name, timestamp, signatures, body)
        self.send_response(204 if genuine else 401)
        self.end_headers()
        if genuine and name not in seen:  # a retry has the same id as the first try
            seen.add(name)
            event = json.loads(body)
            print(*(event[member] for member in MEMBERS if member in event), flush=True)

    def log_message(self, *_: object) -> None:
        """Log nothing for each request."""


secret = read_secret()
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8765"))), Receiver)
print(f"webhookUrl: http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
