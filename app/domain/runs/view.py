"""A run as its owner sees it, and the one JSON form that answers, events and deliveries share."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from app.domain.runs.run import TERMINAL
from app.domain.vocabulary import EnrichmentType, Field, Mode, ResultStatus, RunStatus, Tier
from app.domain.waterfall.answer import PhoneType
from app.domain.waterfall.attempt import Outcome
from app.domain.waterfall.outcome import RunError
from app.domain.waterfall.result import FieldResult, Result


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Times are UTC; `started_at` and `ended_at` are None until then.

    Attributes:
        job_id: The job or batch that it was submitted with, if any.
    """

    id: UUID
    account_id: UUID
    cascade_id: UUID | None
    source_run_id: UUID | None
    plan: str
    mode: Mode
    type: EnrichmentType
    status: RunStatus
    result_status: ResultStatus | None
    cached: bool
    degraded: bool
    credits_used: int
    result: Result | None
    error: RunError | None
    metadata: dict[str, Any]
    webhook_url: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    job_id: UUID | None = None

    @property
    def ended(self) -> bool:
        """Whether the status is terminal."""
        return self.status in TERMINAL


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the cascade as it happened; `outcome` is None while the provider is being asked."""

    provider: str
    tier: Tier
    field: Field
    route: str | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    latency_ms: int | None = None
    cost_usd: Decimal = Decimal(0)
    http_status: int | None = None


def run_json(run: RunView) -> dict[str, Any]:
    """Render a run in the LeadModule dialect, as GET, the cached POST, the stream and the webhook show it."""
    body: dict[str, Any] = {
        "runId": str(run.id),
        "status": run.status.value,
        "resultStatus": run.result_status.value if run.result_status else None,
        "cached": run.cached,
        "creditsUsed": run.credits_used,
        "enrichmentType": run.type.value,
        "result": result_json(run.result) if run.result_status is ResultStatus.FOUND and run.result else None,
        "metadata": run.metadata,
        "createdAt": timestamp(run.created_at),
        "startedAt": timestamp(run.started_at),
        "completedAt": timestamp(run.ended_at),
    }
    if run.job_id:
        body["jobId"] = str(run.job_id)
    if run.degraded:
        body["degraded"] = True
    if run.error:
        body["error"] = {"code": run.error.code, "message": run.error.message}
    return body


def result_json(result: Result) -> dict[str, Any]:
    """Render what was found; the e-mail's members and the phone's stand side by side."""
    body: dict[str, Any] = {}
    if result.email and result.email.found:
        body |= _email_json(result.email)
    if result.phone and result.phone.found:
        body |= _phone_json(result.phone)
    return body


def _email_json(part: FieldResult) -> dict[str, Any]:
    return {
        "email": part.value,
        "confidence": part.confidence,
        "provider": part.provider,
        "validation": {"status": part.status.value, "score": part.score},
    }


def _phone_json(part: FieldResult) -> dict[str, Any]:
    # Only numbers in an assigned range get this far, which is what "validated" can honestly mean for a number.
    return {
        "phone": part.value,
        "phoneType": (part.phone_type or PhoneType.UNKNOWN).value,
        "phoneConfidence": part.confidence,
        "phoneProvider": part.provider,
        "phoneValidated": True,
    }


def attempt_json(attempt: AttemptView) -> dict[str, Any]:
    """Render one attempt."""
    return {
        "provider": attempt.provider,
        "tier": attempt.tier.value,
        "field": attempt.field.value,
        "route": attempt.route,
        "outcome": attempt.outcome.value if attempt.outcome else None,
        "reason": attempt.reason,
        "latencyMs": attempt.latency_ms,
        "costUsd": float(attempt.cost_usd),
        "httpStatus": attempt.http_status,
    }


def timestamp(value: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC with milliseconds; None stays None."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None
