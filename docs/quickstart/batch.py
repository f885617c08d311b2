"""Look up many contacts: a JSON object a line comes in, the same lines with their runs go out, in the same order.

Submits as fast as the rate limit allows, and writes each result as soon as it and those before it are there. A contact
that is answered 429 is submitted again after `Retry-After` seconds, so none is lost. After an interruption run it
again: contacts that have been looked up are answered from the cache, free. The Python client does the same in one call,
and survives lost connections; see docs/clients.md.
"""

import json
import os
import sys
import time
from queue import Queue
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("LEADRUN_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("LEADRUN_KEY") or sys.exit("Set LEADRUN_KEY to one of the keys that `make up` prints.")


def call(method: str, path: str, body: object = None) -> dict[str, Any]:
    """Call the API, and call it again when it asks for patience."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    while True:
        try:
            with urlopen(Request(URL + path, data, headers, method=method), timeout=60) as answer:
                run: dict[str, Any] = json.load(answer)
                return run
        except HTTPError as error:
            if error.code == 400:  # this contact cannot be looked up; the others can
                return {"status": "refused", "error": json.load(error)["error"]}
            if error.code not in (429, 503):
                sys.exit(f"{error.code}: {json.load(error)['error']}")
            seconds = int(error.headers.get("Retry-After", 5))
        except (OSError, ValueError) as error:
            sys.exit(f"No leadrun answers at {URL} ({error}); start one with `make up`, or set LEADRUN_URL.")
        print(f"waiting {seconds} s", file=sys.stderr)
        time.sleep(seconds)


def read_contacts() -> list[dict[str, Any]]:
    """Read standard input; a wrong line ends the script before anything is submitted."""
    contacts = []
    for number, line in enumerate(sys.stdin, 1):
        try:
            contact = json.loads(line) if line.strip() else None
        except ValueError as error:
            sys.exit(f"Line {number} is no JSON: {error}")
        if isinstance(contact, dict):
            contacts.append(contact)
        elif line.strip():
            sys.exit(f"Line {number} is no JSON object.")
    return contacts


def submit_all(contacts: list[dict[str, Any]], submitted: "Queue[dict[str, Any] | SystemExit]") -> None:
    """Submit one contact after the other; the first reason to stop ends the list."""
    try:
        for contact in contacts:
            submitted.put({"contact": contact, "run": call("POST", "/api/v1/enrich", contact)})
    except SystemExit as reason:
        submitted.put(reason)


contacts = read_contacts()
submitted: "Queue[dict[str, Any] | SystemExit]" = Queue()
Thread(target=submit_all, args=(contacts, submitted), daemon=True).start()
for _ in contacts:
    line = submitted.get()
    if isinstance(line, SystemExit):
        raise line
    while line["run"]["status"] in ("pending", "processing"):  # the API holds each request up to 30 seconds
        line["run"] = call("GET", f"/api/v1/enrich/{line['run']['runId']}?wait=30")
    print(json.dumps(line), flush=True)
