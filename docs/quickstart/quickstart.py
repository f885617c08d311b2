"""Look up one contact: submit it, poll until its run has ended, use the result.

The Python client does the same in one call, and survives lost connections; see docs/clients.md.
"""

import json
import os
import sys
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("LEADRUN_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("LEADRUN_KEY") or sys.exit("Set LEADRUN_KEY to one of the keys that `make up` prints.")
CONTACT = {
    "firstName": "Jane",
    "lastName": "Smith",
    "companyDomain": "initech.example",
    "linkedInUrl": "https://www.linkedin.com/in/janesmith",
    "enrichmentType": "email",
}


def call(method: str, path: str, body: object = None) -> tuple[dict[str, Any], int]:
    """Call the API; return the answer, and the seconds to wait before the next poll."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(URL + path, data, headers, method=method), timeout=60) as answer:
            return json.load(answer), int(answer.headers.get("Retry-After", 2))
    except HTTPError as error:
        sys.exit(f"{error.code}: {json.load(error)['error']}")
    except (OSError, ValueError) as error:
        sys.exit(f"No leadrun answers at {URL} ({error}); start one with `make up`, or set LEADRUN_URL.")


# 202: a run that goes on. 200: the finished run of a duplicate, which costs nothing.
run, seconds = call("POST", "/api/v1/enrich", CONTACT)
while run["status"] not in ("completed", "failed", "cancelled"):
    time.sleep(seconds)
    run, seconds = call("GET", f"/api/v1/enrich/{run['runId']}")

if run["resultStatus"] == "found":
    result = run["result"]
    print(f"E-mail: {result['email']} ({result['validation']['status']})")
    print(f"Confidence: {result['confidence']}")
    print(f"Provider: {result['provider']}")
elif run["resultStatus"] == "not_found":
    print("No provider knows an address.")
else:
    print(f"No answer: {run['error']['message'] if 'error' in run else run['status']}")
