"""Write runs and attempts in the LeadModule dialect: answers, events of a stream and deliveries share these bodies."""

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from msgspec import UNSET

from app.dialects.leadmodule.schemas import (
    AttemptBody,
    AttemptsBody,
    ExpectationBody,
    InputBody,
    RunAcceptedBody,
    RunBody,
    RunPageBody,
    RunResultBody,
    ValidationBody,
)
from app.dialects.member_types import RunFaultBody
from app.domain.contacts.contact import Contact
from app.domain.runs.view import AttemptView, RunView
from app.domain.time_text import time_text, timestamp
from app.domain.vocabulary import ResultStatus, RunStatus
from app.domain.waterfall.answer import PhoneType
from app.domain.waterfall.attempt import Expectation
from app.domain.waterfall.result import Result

_INPUTS = InputBody.__struct_fields__
_inputs_of = attrgetter(*_INPUTS)


def run_body(run: RunView) -> RunBody:
    """Write a run."""
    return RunBody(
        run_id=run.id,
        status=run.status,
        result_status=run.result_status,
        cached=run.cached,
        credits_used=run.credits_used,
        enrichment_type=run.type,
        mode=run.mode,
        input=_input(run.contact),
        result=_result(run.result) if run.result_status is ResultStatus.FOUND and run.result else None,
        metadata=run.metadata,
        created_at=time_text(run.created_at),
        started_at=timestamp(run.started_at),
        completed_at=timestamp(run.ended_at),
        job_id=run.job_id or UNSET,
        reason=_reason(run) or UNSET,
        degraded=run.degraded or UNSET,
        error=RunFaultBody(code=run.error.code, message=run.error.message) if run.error else UNSET,
        warnings=list(run.warnings) or UNSET,
    )


def _reason(run: RunView) -> str | None:
    if run.result_status is not ResultStatus.NOT_FOUND or run.result is None:
        return None
    parts = (run.result.email, run.result.phone)
    return next((part.reason for part in parts if part and part.reason), None)


def _input(contact: Contact | None) -> InputBody | None:
    if contact is None:
        return None
    members = dict(zip(_INPUTS, _inputs_of(contact), strict=True))
    if not contact.email:
        del members["email"]
    return InputBody(**members)


def _result(result: Result) -> RunResultBody:
    body = RunResultBody()
    if (email := result.email) and email.found:
        body.email, body.confidence, body.provider = email.value or UNSET, email.confidence, email.provider or UNSET
        body.validation = ValidationBody(status=email.status, score=email.score)
    if (phone := result.phone) and phone.found:
        body.phone, body.phone_type = phone.value or UNSET, phone.phone_type or PhoneType.UNKNOWN
        body.phone_confidence, body.phone_provider = phone.confidence, phone.provider or UNSET
        body.phone_extension = phone.phone_extension or UNSET
        # Only numbers in an assigned range are found: that much "validated" can mean of a number.
        body.phone_validated = True
    return body


def accepted_body(run: RunView) -> RunAcceptedBody:
    """Write a run that goes on, for the client that submitted it."""
    return RunAcceptedBody(
        run_id=run.id,
        status="processing" if run.status is RunStatus.PROCESSING else "pending",
        credits_used=run.credits_used,
        mode=run.mode,
        input=_input(run.contact),
        warnings=list(run.warnings) or UNSET,
    )


def page_body(runs: Sequence[RunView], next_cursor: str | None) -> RunPageBody:
    """Write a page of runs."""
    return RunPageBody(runs=[run_body(run) for run in runs], next_cursor=next_cursor)


def attempts_body(run_id: UUID, attempts: Sequence[AttemptView]) -> AttemptsBody:
    """Write the cascade of a run."""
    return AttemptsBody(run_id=run_id, attempts=[attempt_body(attempt) for attempt in attempts])


def attempt_body(attempt: AttemptView) -> AttemptBody:
    """Write one attempt."""
    return AttemptBody(
        provider=attempt.provider,
        tier=attempt.tier,
        field=attempt.field,
        route=attempt.route,
        outcome=attempt.outcome,
        reason=attempt.reason,
        latency_ms=attempt.latency_ms,
        cost_usd=float(attempt.cost_usd),
        http_status=attempt.http_status,
        expected=expectation_body(attempt.expected) or UNSET,
    )


def expectation_body(expected: Expectation | None) -> ExpectationBody | None:
    """Write why a provider stood where it stood; None where it is not known."""
    if expected is None:
        return None
    return ExpectationBody(**{name: getattr(expected, name) for name in ExpectationBody.__struct_fields__})
