"""Looks up many contacts and prints each outcome, as a program that a test kills."""

import json
import logging
import sys

from leadrun import Leadrun
from tests.contract.played import DOMAIN

# What is sent again is said there, and expected.
logging.getLogger("leadrun").setLevel(logging.ERROR)
contacts = (
    {"first_name": "Dot", "last_name": "Olsen", "domain": DOMAIN, "company_name": f"C{number}"}
    for number in range(int(sys.argv[1]))
)
for outcome in Leadrun().enrich_many(contacts, resume=sys.argv[2]):
    assert outcome.run, outcome.error
    print(json.dumps({"index": outcome.index, "runId": outcome.run.run_id}), flush=True)  # noqa: T201 - the test reads it
