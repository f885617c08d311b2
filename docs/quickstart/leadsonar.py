"""As for the LeadSonar API: look up one e-mail address while waiting, then e-mail and phone of several contacts."""

import os
import sys
import time

import requests

URL = os.environ.get("LEADRUN_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("LEADRUN_KEY") or sys.exit("Set LEADRUN_KEY to one of the keys that `make up` prints.")
CONTACTS = [
    {"first_name": "Jane", "last_name": "Smith", "domain": "initech.example"},
    {"first_name": "Magic", "last_name": "Found", "domain": "fabrikam.example", "company_name": "Fabrikam"},
]

session = requests.Session()
session.headers["X-API-Key"] = KEY

# 200 when the look-up has ended; 202 when it takes longer than 30 seconds: the run then goes on at `Location`.
answer = session.post(f"{URL}/api/v1/find-email", json=CONTACTS[0], timeout=60)
if not answer.ok:
    sys.exit(f"{answer.status_code}: {answer.json()['error']}")
found = answer.json()
print(f"{found.get('email')} (verified: {found.get('verified')})")

answer = session.post(f"{URL}/api/v1/enrich", json={"contacts": CONTACTS, "fields": ["email", "phone"]}, timeout=60)
if not answer.ok:
    sys.exit(f"{answer.status_code}: {answer.json()['error']}")
job = answer.json()

while "contacts" not in job:
    answer = session.get(f"{URL}/api/v1/enrich/{job['id']}", timeout=60)
    answer.raise_for_status()
    job = answer.json()
    time.sleep(int(answer.headers.get("Retry-After", 0)))

for contact in job["contacts"]:
    print(f"{contact['first_name']} {contact['last_name']}: {contact['email']}, {contact['phone']}")
