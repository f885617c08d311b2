"""Batches as their owner sees them, and the columns of their results."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.runs.batch import BatchOptions, Format, RowError, RowOutcome
from app.domain.runs.batch_view import (
    RESULT_COLUMNS,
    batch_json,
    options_of,
    result_cells,
    result_columns,
    result_values,
    results_path,
    summary_json,
)
from app.domain.runs.job import JOB_TRANSITIONS, JobKind, JobStatus, JobView
from app.domain.runs.run import LIVE_STATES, TERMINAL, before
from app.domain.vocabulary import EnrichmentType, Lane, Mode, RunStatus
from app.domain.waterfall.answer import Deliverability, PhoneType
from app.domain.waterfall.result import FieldResult, Result
from tests.rows import each_row

CREATED = datetime(2026, 11, 21, 21, 20, 27, 151000, UTC)
EMAIL = FieldResult(value="jane@acme.example", provider="hunter", confidence=97, status=Deliverability.VALID)
PHONE = FieldResult(value="+15555550123", provider="kaspr", phone_type=PhoneType.MOBILE, phone_extension="12")
NOTHING = dict.fromkeys(RESULT_COLUMNS) | {"mode": "live"}


METADATA = msgspec.Raw(b'{"a":1}')


def batch(**more: Any) -> JobView:
    """A batch of three rows."""
    members: dict[str, Any] = {
        "id": UUID(int=8), "account_id": UUID(int=1), "key_id": UUID(int=2), "plan": "leadsonar", "mode": Mode.LIVE,
        "kind": JobKind.BATCH, "type": EnrichmentType.ALL, "lane": Lane.BULK, "status": JobStatus.PROCESSING,
        "total": 3, "done": 2, "rejected": 1, "emails_found": 1, "not_found": 1, "reserved_credits": 4,
        "cost_usd": Decimal("0.034500"), "created_at": CREATED,
    }  # fmt: skip
    return JobView(**members | more)


def test_a_batch_shows_its_progress_and_where_its_results_are_once_it_has_ended() -> None:
    shown: dict[str, Any] = {
        "id": "00000000-0000-0000-0000-000000000008",
        "status": "processing",
        "mode": "live",
        "total": 3,
        "completed": 2,
        "rejected": 1,
        "emails_found": 1,
        "phones_found": 0,
        "not_found": 1,
        "credits_reserved": 4,
        "cost_usd": 0.0345,
        "metadata": METADATA,
        "created_at": "2026-11-21T21:20:27.151Z",
        "completed_at": None,
        "results_url": None,
    }
    assert summary_json(batch(metadata=METADATA)) == shown
    ended = batch(metadata=METADATA, status=JobStatus.CANCELLED, ended_at=CREATED + timedelta(seconds=1))
    path = "/api/v1/batches/00000000-0000-0000-0000-000000000008/results"
    assert results_path(ended) == path
    assert summary_json(ended) == shown | {
        "status": "cancelled",
        "completed_at": "2026-11-21T21:20:28.151Z",
        "results_url": path,
    }


def test_a_whole_batch_has_its_cost_and_first_errors() -> None:
    error = RowError(row=2, line=3, field="domain", message="is odd")
    assert batch_json(batch(), [error], credits_used=5, estimated_seconds=9) == summary_json(batch()) | {
        "credits_used": 5,
        "estimated_seconds": 9,
        "errors": [{"row": 2, "line": 3, "field": "domain", "message": "is odd"}],
    }
    assert batch_json(batch(), [], credits_used=0)["estimated_seconds"] is None


def test_a_column_of_the_upload_keeps_its_name_and_ours_gets_a_longer_one() -> None:
    columns = result_columns(["domain", "email", "Phone"])
    assert tuple(columns) == RESULT_COLUMNS
    assert columns["email"] == "leadrun_email"
    assert columns["phone"] == "phone"


@each_row(
    ("row", "values"),
    [
        pytest.param({}, {"status": "pending"}, id="without a run"),
        pytest.param(
            {"run_id": UUID(int=5), "status": RunStatus.COMPLETED, "result_status": "found"}
            | {"result": Result(email=EMAIL, phone=PHONE)},
            {
                "email": "jane@acme.example", "email_status": "valid", "email_confidence": 0.97,
                "email_provider": "hunter", "phone": "+15555550123", "phone_type": "mobile", "phone_provider": "kaspr",
                "phone_extension": "12",
                "status": "found", "run_id": "00000000-0000-0000-0000-000000000005",
            },
            id="found",
        ),
        pytest.param(
            {"status": RunStatus.COMPLETED, "result_status": "not_found"}
            | {"result": Result(email=FieldResult(), phone=FieldResult())},
            {"status": "not_found"},
            id="not found",
        ),
        pytest.param(
            {"status": RunStatus.COMPLETED, "result_status": "not_found", "result": Result()},
            {"status": "not_found"},
            id="no provider answered",
        ),
        pytest.param(
            {"status": RunStatus.FAILED, "result_status": "error", "error": "All failed."},
            {"status": "error", "error": "All failed."},
            id="failed",
        ),
        pytest.param(
            {"problem": [{"field": "domain", "message": "is odd"}, {"field": "", "message": "is empty"}]},
            {"status": "rejected", "error": "domain: is odd; is empty"},
            id="rejected",
        ),
    ],
)  # fmt: skip
def test_the_values_of_a_row_say_what_became_of_it(row: dict[str, Any], values: dict[str, Any]) -> None:
    assert result_values(RowOutcome(position=0, given={}, **row), batch()) == NOTHING | values


def test_a_row_says_how_its_contact_was_understood() -> None:
    contact = Contact(first_name="Jan", last_name="van der Berg", company_domain="acme.example", region="NL")
    row = RowOutcome(position=0, given={}, contact=contact)
    assert result_values(row, batch(mode=Mode.TEST)) == NOTHING | {
        "status": "pending",
        "mode": "test",
        "input": {
            "first_name": "Jan", "last_name": "van der Berg", "full_name": None, "domain": "acme.example",
            "company_name": None, "linkedin_url": None,
        },
    }  # fmt: skip
    cells = dict(zip(RESULT_COLUMNS, result_cells(row, batch()), strict=True))
    assert cells == dict.fromkeys(RESULT_COLUMNS, "") | {
        "status": "pending",
        "mode": "live",
        "input": "Jan van der Berg; acme.example",
    }


def test_a_row_without_a_run_is_cancelled_with_its_batch() -> None:
    assert (
        result_values(RowOutcome(position=0, given={}), batch(status=JobStatus.CANCELLED, ended_at=CREATED))["status"]
        == "cancelled"
    )


def test_the_options_of_a_batch_are_read_as_they_were_stored() -> None:
    stored = {"providers": ["hunter"], "max_cost_usd": 0.5, "price": 2, "format": "csv", "delimiter": ";", "bom": True}
    assert options_of(batch(options=stored)) == BatchOptions(
        providers=("hunter",), max_cost_usd=0.5, price=2, format=Format.CSV, delimiter=";", bom=True
    )
    assert options_of(batch()) == BatchOptions()


@pytest.mark.parametrize(
    ("status", "origins"),
    [
        pytest.param(RunStatus.PENDING, set(), id="pending"),
        pytest.param(RunStatus.PROCESSING, {RunStatus.PENDING}, id="processing"),
        pytest.param(RunStatus.COMPLETED, {RunStatus.PENDING, RunStatus.PROCESSING}, id="completed"),
        pytest.param(RunStatus.CANCELLED, {RunStatus.PENDING, RunStatus.PROCESSING}, id="cancelled"),
    ],
)
def test_a_status_is_only_reached_from_states_that_have_not_ended(status: RunStatus, origins: set[RunStatus]) -> None:
    assert set(before(status)) == origins
    assert set(before(status)) <= LIVE_STATES


def test_nothing_follows_a_terminal_status() -> None:
    assert frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED}) == TERMINAL
    assert {status for status, following in JOB_TRANSITIONS.items() if not following} == {
        JobStatus.COMPLETED,
        JobStatus.CANCELLED,
    }
