"""Look up one contact: submit it, poll until its run has ended, use the result."""

import os
import sys
import time

import requests

URL = os.environ.get("LEADRUN_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("LEADRUN_KEY") or sys.exit("Set LEADRUN_KEY to one of the keys that `make up` prints.")
CONTACT = {
    "firstName": "Jane",
    "lastName": "Smith",
    "companyDomain": "initech.example",
    "linkedInUrl": "https://www.linkedin.com/in/janesmith",
    "enrichmentType": "email",
}

session = requests.Session()
session.headers["Authorization"] = f"Bearer {KEY}"

# 202: a run that goes on. 200: the finished run of a duplicate, which costs nothing.
answer = session.post(f"{URL}/api/v1/enrich", json=CONTACT, timeout=30)
if not answer.ok:
    sys.exit(f"{answer.status_code}: {answer.json()['error']}")
run = answer.json()

while run["status"] not in ("completed", "failed", "cancelled"):
    time.sleep(int(answer.headers.get("Retry-After", 2)))
    answer = session.get(f"{URL}/api/v1/enrich/{run['runId']}", timeout=30)
    answer.raise_for_status()
    run = answer.json()

if run["resultStatus"] == "found":
    result = run["result"]
    print(f"E-mail: {result['email']} ({result['validation']['status']})")
    print(f"Confidence: {result['confidence']}")
    print(f"Provider: {result['provider']}")
elif run["resultStatus"] == "not_found":
    print("No provider knows an address.")
else:
    print(f"No answer: {run['error']['message'] if 'error' in run else run['status']}")
