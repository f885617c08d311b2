"""As for the LeadSonar API: look up one e-mail address while waiting, then e-mail and phone of several contacts.

The Python client does the same in one call each; see docs/clients.md.
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
CONTACTS = [
    {"first_name": "Jane", "last_name": "Smith", "domain": "initech.example"},
    {"first_name": "Magic", "last_name": "Found", "domain": "fabrikam.example", "company_name": "Fabrikam"},
]


def call(method: str, path: str, body: object = None) -> tuple[dict[str, Any], int]:
    """Call the API; return the answer, and the seconds to wait before the next poll."""
    headers = {"X-API-Key": KEY, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(f"{URL}/api/v1{path}", data, headers, method=method), timeout=60) as answer:
            return json.load(answer), int(answer.headers.get("Retry-After", 0))
    except HTTPError as error:
        sys.exit(f"{error.code}: {json.load(error)['error']}")
    except (OSError, ValueError) as error:
        sys.exit(f"No leadrun answers at {URL} ({error}); start one with `make up`, or set LEADRUN_URL.")


# 200 when the look-up has ended; 202 when it takes longer than 30 seconds: the run then goes on at `Location`.
found, _ = call("POST", "/find-email", CONTACTS[0])
print(f"{found.get('email')} (verified: {found.get('verified')})")

job, seconds = call("POST", "/enrich", {"contacts": CONTACTS, "fields": ["email", "phone"]})
while "contacts" not in job:
    time.sleep(seconds)
    job, seconds = call("GET", f"/enrich/{job['id']}")

for contact in job["contacts"]:
    print(f"{contact['first_name']} {contact['last_name']}: {contact['email']}, {contact['phone']}")
