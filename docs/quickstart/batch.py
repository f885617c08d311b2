"""Look up many contacts: a JSON object a line comes in, the same lines with their runs go out, in the same order.

Submits as fast as the rate limit allows. A contact that is told to wait (429) is submitted again after `Retry-After`
seconds, so none is lost. After an interruption run it again: what has been looked up is answered from the cache, free.
"""

import json
import os
import sys
import time
from typing import Any

import requests

URL = os.environ.get("LEADRUN_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("LEADRUN_KEY") or sys.exit("Set LEADRUN_KEY to one of the keys that `make up` prints.")

session = requests.Session()
session.headers["Authorization"] = f"Bearer {KEY}"


def call(method: str, path: str, contact: dict[str, Any] | None = None) -> requests.Response:
    """Call the API, and call it again when it asks for patience."""
    while True:
        answer = session.request(method, URL + path, json=contact, timeout=60)
        if answer.status_code not in (429, 503):
            return answer
        seconds = int(answer.headers["Retry-After"])
        print(f"waiting {seconds} s", file=sys.stderr)
        time.sleep(seconds)


def submit(contact: dict[str, Any]) -> dict[str, Any]:
    """Submit one contact; one that cannot be looked up is told apart from reasons to stop."""
    answer = call("POST", "/api/v1/enrich", contact)
    if answer.status_code == 400:
        return {"status": "refused", "error": answer.json()["error"]}
    if not answer.ok:
        sys.exit(f"{answer.status_code}: {answer.json()['error']}")
    run: dict[str, Any] = answer.json()
    return run


def finish(run: dict[str, Any]) -> dict[str, Any]:
    """Wait until a run has ended; the API holds each request up to 30 seconds."""
    while run["status"] in ("pending", "processing"):
        answer = call("GET", f"/api/v1/enrich/{run['runId']}?wait=30")
        answer.raise_for_status()
        run = answer.json()
    return run


contacts = [json.loads(line) for line in sys.stdin if line.strip()]
runs = [submit(contact) for contact in contacts]
for contact, run in zip(contacts, runs, strict=True):
    print(json.dumps({"contact": contact, "run": finish(run)}))
