"""Runs, attempts, look-ups and jobs as their bodies are written, byte by byte."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.dialects.leadmodule.response import accepted_body, attempts_body, page_body, run_body
from app.dialects.leadsonar.response import (
    accepted_job_body,
    contact_body,
    email_body,
    job_body,
    job_page_body,
    phone_body,
)
from app.domain.runs.job import JobKind, JobStatus, JobView
from app.domain.runs.job_row import RowView
from app.domain.runs.view import AttemptView, RunView
from app.domain.vocabulary import EnrichmentType, Field, Lane, Mode, ResultStatus, RunStatus, Tier
from app.domain.waterfall.answer import Deliverability, PhoneType
from app.domain.waterfall.attempt import Outcome
from app.domain.waterfall.outcome import RunError
from app.domain.waterfall.result import FieldResult, Result

ID, JOB = UUID(int=7), UUID(int=8)
CREATED = datetime(2026, 11, 21, 21, 20, 27, 151000, UTC)
EMAIL = FieldResult(value="jane@acme.example", provider="hunter", confidence=97, status=Deliverability.VALID, score=100)
PHONE = FieldResult(value="+15555550123", provider="kaspr", confidence=80, phone_type=PhoneType.MOBILE)
RUN = RunView(
    id=ID,
    account_id=UUID(int=1),
    cascade_id=None,
    source_run_id=None,
    plan="leadmodule",
    mode=Mode.LIVE,
    type=EnrichmentType.ALL,
    status=RunStatus.PENDING,
    result_status=None,
    cached=False,
    degraded=False,
    credits_used=1,
    result=None,
    error=None,
    metadata=msgspec.Raw(b'{"b":1,"a":[1.5,null]}'),
    webhook_url=None,
    created_at=CREATED,
    started_at=None,
    ended_at=None,
)
FOUND = msgspec.structs.replace(
    RUN,
    status=RunStatus.COMPLETED,
    result_status=ResultStatus.FOUND,
    result=Result(email=EMAIL, phone=PHONE),
    ended_at=CREATED + timedelta(seconds=1),
)
FAILED = msgspec.structs.replace(
    RUN,
    status=RunStatus.FAILED,
    result_status=ResultStatus.ERROR,
    degraded=True,
    job_id=JOB,
    error=RunError(code="all_providers_failed", message="All failed."),
)
NOT_FOUND = msgspec.structs.replace(
    FOUND, result_status=ResultStatus.NOT_FOUND, result=Result(email=FieldResult(), phone=FieldResult())
)
CANCELLED = msgspec.structs.replace(RUN, status=RunStatus.CANCELLED)
HEAD = '{"runId":"00000000-0000-0000-0000-000000000007","status":'
REST = '"metadata":{"b":1,"a":[1.5,null]},"createdAt":"2026-11-21T21:20:27.151Z","startedAt":null,'


def written(body: msgspec.Struct) -> str:
    """Write a body as it is sent."""
    return msgspec.json.encode(body).decode()


@pytest.mark.parametrize(
    ("run", "body"),
    [
        pytest.param(
            RUN,
            HEAD + '"pending","resultStatus":null,"cached":false,"creditsUsed":1,"enrichmentType":"all",'
            '"mode":"live","input":null,"result":null,'
            f'{REST}"completedAt":null}}',
            id="pending",
        ),
        pytest.param(
            FOUND,
            HEAD + '"completed","resultStatus":"found","cached":false,"creditsUsed":1,"enrichmentType":"all",'
            '"mode":"live","input":null,"result":'
            '{"email":"jane@acme.example","confidence":97,"provider":"hunter","validation":{"status":"valid",'
            '"score":100},"phone":"+15555550123","phoneType":"mobile","phoneConfidence":80,"phoneProvider":"kaspr",'
            f'"phoneValidated":true}},{REST}"completedAt":"2026-11-21T21:20:28.151Z"}}',
            id="found",
        ),
        pytest.param(
            FAILED,
            HEAD + '"failed","resultStatus":"error","cached":false,"creditsUsed":1,"enrichmentType":"all",'
            '"mode":"live","input":null,'
            f'"result":null,{REST}"completedAt":null,"jobId":"00000000-0000-0000-0000-000000000008","degraded":true,'
            '"error":{"code":"all_providers_failed","message":"All failed."}}',
            id="failed",
        ),
    ],
)
def test_a_run_is_written(run: RunView, body: str) -> None:
    assert written(run_body(run)) == body
    assert written(page_body([run], None)) == f'{{"runs":[{body}],"nextCursor":null}}'
    assert (
        written(run_body(msgspec.structs.replace(run, warnings=("watch out",))))
        == body[:-1] + ',"warnings":["watch out"]}'
    )


@pytest.mark.parametrize(
    ("result", "body"),
    [
        pytest.param(
            Result(email=EMAIL),
            '{"email":"jane@acme.example","confidence":97,"provider":"hunter","validation":{"status":"valid",'
            '"score":100}}',
            id="an address",
        ),
        pytest.param(
            Result(email=FieldResult(), phone=PHONE),
            '{"phone":"+15555550123","phoneType":"mobile","phoneConfidence":80,"phoneProvider":"kaspr",'
            '"phoneValidated":true}',
            id="a number",
        ),
    ],
)
def test_a_result_has_only_the_members_of_the_fields_that_were_found(result: Result, body: str) -> None:
    assert f'"result":{body},' in written(run_body(msgspec.structs.replace(FOUND, result=result)))


def test_an_accepted_run_says_where_it_stands() -> None:
    assert written(accepted_body(RUN)) == HEAD + '"pending","creditsUsed":1,"mode":"live","input":null}'
    processing = msgspec.structs.replace(RUN, status=RunStatus.PROCESSING, warnings=("x",))
    assert written(accepted_body(processing)) == (
        HEAD + '"processing","creditsUsed":1,"mode":"live","input":null,"warnings":["x"]}'
    )


def test_attempts_are_written_in_order() -> None:
    asked = AttemptView(provider="hunter", tier=Tier.T1, field=Field.EMAIL, route="finder")
    done = msgspec.structs.replace(
        asked, outcome=Outcome.HIT, latency_ms=9, cost_usd=Decimal("0.0245"), http_status=200
    )
    head = '{"provider":"hunter","tier":"T1","field":"email","route":"finder","outcome":'
    assert written(attempts_body(ID, [asked, done])) == (
        '{"runId":"00000000-0000-0000-0000-000000000007","attempts":['
        f'{head}null,"reason":null,"latencyMs":null,"costUsd":0.0,"httpStatus":null}},'
        f'{head}"hit","reason":null,"latencyMs":9,"costUsd":0.0245,"httpStatus":200}}]}}'
    )


@pytest.mark.parametrize(
    ("run", "email", "phone"),
    [
        pytest.param(
            FOUND,
            '"jane@acme.example","confidence":0.97,"provider":"hunter","verified":true,"cost_credits":1,"mode":"live","input":null}',
            '"+15555550123","phone_type":"mobile","provider":"kaspr","validated":true,"cost_credits":1,"mode":"live","input":null}',
            id="found",
        ),
        pytest.param(
            NOT_FOUND,
            'null,"confidence":0.0,"provider":null,"verified":false,"cost_credits":1,"mode":"live","input":null}',
            'null,"phone_type":null,"provider":null,"validated":false,"cost_credits":1,"mode":"live","input":null}',
            id="not found",
        ),
        pytest.param(
            CANCELLED,
            'null,"confidence":0,"provider":null,"verified":false,"cost_credits":1,"mode":"live","input":null,'
            '"error":{"code":"cancelled","message":"The run was cancelled."}}',
            'null,"phone_type":null,"provider":null,"validated":false,"cost_credits":1,"mode":"live","input":null,'
            '"error":{"code":"cancelled","message":"The run was cancelled."}}',
            id="cancelled",
        ),
        pytest.param(
            FAILED,
            'null,"confidence":0,"provider":null,"verified":false,"cost_credits":1,"mode":"live","input":null,'
            '"error":{"code":"all_providers_failed","message":"All failed."}}',
            'null,"phone_type":null,"provider":null,"validated":false,"cost_credits":1,"mode":"live","input":null,'
            '"error":{"code":"all_providers_failed","message":"All failed."}}',
            id="failed",
        ),
    ],
)
def test_a_lookup_is_written(run: RunView, email: str, phone: str) -> None:
    assert written(email_body(run)) == '{"email":' + email
    assert written(phone_body(run)) == '{"phone":' + phone


def job(**more: Any) -> JobView:
    """A job of one contact."""
    said: dict[str, Any] = {
        "id": JOB, "account_id": ID, "key_id": ID, "plan": "leadsonar", "mode": Mode.LIVE, "kind": JobKind.JOB,
        "type": EnrichmentType.ALL, "lane": Lane.INTERACTIVE, "status": JobStatus.PROCESSING, "total": 1,
        "created_at": CREATED,
    }  # fmt: skip
    return JobView(**said | more)


def test_a_job_shows_its_contacts_once_it_is_completed() -> None:
    given = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example", "company_name": "Acme"}
    rows = [
        RowView(position=0, given=given, run_id=ID, result_status="found", result=Result(email=EMAIL, phone=PHONE)),
        RowView(position=1, given=given, run_id=ID, status="cancelled"),
    ]
    head = '{"id":"00000000-0000-0000-0000-000000000008","status":'
    none = '"mode":"live","progress":{"total":1,"completed":0,"emails_found":0,"phones_found":0}'
    assert written(accepted_job_body(job(warnings=("x",)), 3)) == (
        head + '"processing","mode":"live","total_contacts":1,"estimated_seconds":3,"warnings":["x"]}'
    )
    assert written(job_body(job(metadata=msgspec.Raw(b'{"a":1}')), rows, Decimal(0))) == (
        f'{head}"processing",{none},"metadata":{{"a":1}}}}'
    )
    ended = CREATED + timedelta(milliseconds=542)
    person = '{"first_name":"Jane","last_name":"Smith","domain":"acme.example",'
    completed = job(status=JobStatus.COMPLETED, ended_at=ended)
    assert written(job_body(completed, rows, Decimal("0.0245"))) == (
        f'{head}"completed",{none},"contacts":[{person}"email":"jane@acme.example","email_confidence":0.97,'
        '"phone":"+15555550123","phone_type":"mobile","providers_used":["hunter","kaspr"],'
        f'"run_id":"{ID}","status":"found","mode":"live","input":null}},{person}"email":null,"email_confidence":null,"phone":null,'
        f'"phone_type":null,"providers_used":[],"run_id":"{ID}","status":"cancelled","mode":"live","input":null}}],'
        '"meta":{"total_cost_usd":0.0245,"duration_ms":542}}'
    )
    assert written(job_page_body([completed], "next")) == (
        f'{{"jobs":[{head}"completed",{none},"created_at":"2026-11-21T21:20:27.151Z",'
        '"completed_at":"2026-11-21T21:20:27.693Z"}],"next_cursor":"next"}'
    )


def test_the_extension_of_a_switchboard_stands_in_every_body() -> None:
    phone = msgspec.structs.replace(PHONE, phone_type=PhoneType.LANDLINE, phone_extension="0412")
    run = msgspec.structs.replace(FOUND, result=Result(phone=phone))
    assert '"phoneType":"landline","phoneExtension":"0412",' in written(run_body(run))
    assert '"cost_credits":1,"mode":"live","input":null,"phone_extension":"0412"}' in written(phone_body(run))
    given = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
    row = RowView(position=0, given=given, run_id=ID, result_status="found", result=run.result)
    assert '"phone_extension":"0412"}' in written(contact_body(row, Mode.LIVE))
