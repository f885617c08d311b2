"""Examples of requests and answers, shown in the specification; people in them are fictional."""

from typing import Any

from app.dialects.account_examples import KEYS
from app.dialects.order_examples import ORDER
from app.dialects.spend_examples import SPEND
from app.dialects.webhook_examples import WEBHOOKS

_ID = "01a1fffb-6220-7a7d-aa50-16b73b8b9834"
_JOB = "01a1fffb-7c1d-7e3f-8f52-0c6a51f3a9d2"
_BEGUN, _ENDED = "2026-11-21T21:20:27.151Z", "2026-11-21T21:20:27.693Z"
_JANE = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
_INPUT = {
    "firstName": "Jane",
    "lastName": "Smith",
    "fullName": None,
    "companyDomain": "acme.example",
    "companyName": None,
    "linkedInUrl": None,
}
_CONTACT_INPUT = _JANE | {"full_name": None, "company_name": None, "linkedin_url": None}
_PROGRESS = {"total": 1, "completed": 1, "emails_found": 1, "phones_found": 0}
_RUN = {
    "runId": _ID,
    "status": "completed",
    "resultStatus": "found",
    "cached": False,
    "creditsUsed": 1,
    "enrichmentType": "email",
    "mode": "live",
    "input": _INPUT,
    "result": {
        "email": "jane.smith@acme.example",
        "confidence": 97,
        "provider": "hunter",
        "validation": {"status": "valid", "score": 100},
    },
    "metadata": {"crmId": "42"},
    "createdAt": _BEGUN,
    "startedAt": _BEGUN,
    "completedAt": _ENDED,
}
_CONTACT = _JANE | {
    "email": "jane.smith@acme.example",
    "email_confidence": 0.97,
    "phone": None,
    "phone_type": None,
    "providers_used": ["hunter"],
    "run_id": _ID,
    "status": "found",
    "mode": "live",
    "input": _CONTACT_INPUT,
}
_JOB_DONE = {
    "id": _JOB,
    "status": "completed",
    "mode": "live",
    "progress": _PROGRESS,
    "contacts": [_CONTACT],
    "meta": {"total_cost_usd": 0.0245, "duration_ms": 542},
}
_BATCH = {
    "id": _JOB,
    "status": "completed",
    "mode": "live",
    "total": 2,
    "completed": 2,
    "rejected": 1,
    "emails_found": 1,
    "phones_found": 0,
    "not_found": 0,
    "credits_reserved": 0,
    "cost_usd": 0.0245,
    "metadata": {},
    "created_at": _BEGUN,
    "completed_at": _ENDED,
    "results_url": f"/api/v1/batches/{_JOB}/results",
}
_COLUMNS = [{"column": "First Name", "fills": "first_name"}, {"column": "Website", "fills": "domain"}]
_READING = {"format": "csv", "encoding": "utf-8", "delimiter": ",", "headings_line": 1, "sheet": None}
_READING |= {"columns_used": _COLUMNS, "columns_ignored": ["Title", "City"]}
_BAD_ROW = {"row": 2, "line": 3, "field": "domain", "message": "'acme': it is no domain such as acme.example"}

# By the name of the schema.
EXAMPLES: dict[str, Any] = {
    **KEYS,
    **ORDER,
    **SPEND,
    **WEBHOOKS,
    "RunRequest": {
        "firstName": "Jane",
        "lastName": "Smith",
        "companyDomain": "acme.example",
        "enrichmentType": "email",
        "metadata": {"crmId": "42"},
    },
    "VerifyRequest": {"email": "jane.smith@acme.example", "metadata": {"crmId": "42"}},
    "RunAccepted": {"runId": _ID, "status": "pending", "creditsUsed": 1, "mode": "live", "input": _INPUT},
    "Run": _RUN,
    "RunEvent": {"type": "enrichment.completed", "timestamp": _ENDED, **_RUN},
    "RunPage": {"runs": [_RUN], "nextCursor": None},
    "Attempts": {
        "runId": _ID,
        "attempts": [
            {
                "provider": "hunter",
                "tier": "T1",
                "field": "email",
                "route": "email-finder",
                "outcome": "hit",
                "reason": None,
                "latencyMs": 412,
                "costUsd": 0.0245,
                "httpStatus": 200,
            }
        ],
    },
    "LookupRequest": _JANE,
    "EmailFound": {
        "email": "jane.smith@acme.example",
        "confidence": 0.97,
        "provider": "hunter",
        "verified": True,
        "cost_credits": 1,
        "mode": "live",
        "input": _CONTACT_INPUT,
    },
    "PhoneFound": {
        "phone": "+15555550123",
        "phone_type": "mobile",
        "provider": "kaspr",
        "validated": True,
        "cost_credits": 5,
        "mode": "live",
        "input": _CONTACT_INPUT,
    },
    "JobRequest": {"contacts": [_JANE], "fields": ["email"]},
    "JobAccepted": {"id": _JOB, "status": "processing", "mode": "live", "total_contacts": 1, "estimated_seconds": 3},
    "Job": _JOB_DONE,
    "JobEvent": {"type": "job.completed", "timestamp": _ENDED, **_JOB_DONE},
    "ContactEvent": {"type": "contact.completed", "timestamp": _ENDED, "job_id": _JOB, "index": 0, **_CONTACT},
    "JobPage": {
        "jobs": [
            {
                "id": _JOB,
                "status": "completed",
                "mode": "live",
                "progress": _PROGRESS,
                "created_at": _BEGUN,
                "completed_at": _ENDED,
            }
        ],
        "next_cursor": None,
    },
    "BatchRequest": {"contacts": [_JANE], "fields": ["email"]},
    "BatchAccepted": {
        "id": _JOB,
        "status": "processing",
        "mode": "live",
        "total": 2,
        "accepted": 1,
        "rejected": 1,
        "errors": [_BAD_ROW],
        "credits_reserved": 1,
        "estimated_seconds": 3,
        "reading": _READING,
    },
    "BatchPreview": {
        "total": 2,
        "accepted": 1,
        "rejected": 1,
        "errors": [_BAD_ROW],
        "contacts": [{"row": 1, "line": 2, "contact": _CONTACT_INPUT}],
        "duplicates": 0,
        "unasked": 0,
        "unasked_rows": [],
        "credits_at_most": 1,
        "reading": _READING,
    },
    "Batch": _BATCH | {"credits_used": 1, "estimated_seconds": None, "errors": [_BAD_ROW]},
    "BatchEvent": {
        "type": "batch.completed",
        "timestamp": _ENDED,
        **_BATCH,
        "credits_used": 1,
        "estimated_seconds": None,
        "errors": [_BAD_ROW],
    },
    "BatchPage": {"batches": [_BATCH], "next_cursor": None},
    "BatchResults": {
        "id": _JOB,
        "status": "completed",
        "mode": "live",
        "total": 1,
        "results": [_JANE | {"email": "jane.smith@acme.example", "email_status": "valid", "status": "found"}],
    },
    "Usage": {
        "since": "2026-11-01T00:00:00.000Z",
        "until": "2026-11-03T00:00:00.000Z",
        "by": "day",
        "usage": [
            {
                "day": "2026-11-01",
                "runs": 12,
                "found": 8,
                "notFound": 3,
                "errors": 1,
                "cached": 2,
                "creditsUsed": 10,
                "costUsd": 0.294,
            }
        ],
    },
    "CreditBalance": {"balance": 99, "total_earned": 100, "total_spent": 1},
    "Providers": {
        "providers": [{"name": "hunter", "type": "email", "tier": "T1", "enabled": True}],
        "total_enabled": 1,
    },
    "ErrorPage": {
        "type": "/errors/unknown-route",
        "title": "Nothing here",
        "status": 404,
        "meaning": "Nothing is served at this path.",
        "remedy": "Check the path; `/docs` lists what is served.",
    },
    "Live": {"status": "live"},
    "Ready": {"status": "ready", "checks": {"database": "up", "redis": "up"}},
}
