"""Jobs and batches: what the end of runs does to a job, and the state of each row."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain.accounts.owner import Owner
from app.domain.errors import FieldError
from app.domain.runs.batch import (
    BatchOptions,
    GivenRow,
    RowError,
    RowOutcome,
    RowStatus,
    problem_json,
    row_errors,
    seconds_to_midnight,
    status_of,
)
from app.domain.runs.job import MAX_INTERACTIVE, JobKind, JobStatus, JobView, Tally, lane_for, tallies
from app.domain.runs.lookup_options import NO_METADATA
from app.domain.runs.run import status_for
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, Lane, Mode, ResultStatus, RunStatus
from app.domain.waterfall.result import FieldResult, Result
from tests.rows import each_row
from tests.unit.batch_uploads import batch_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EMAIL = FieldResult(value="jane@acme.example", provider="hunter")
PHONE = FieldResult(value="+14155550100", provider="datagma")
JOB, BATCH = UUID(int=1), UUID(int=2)


def _run(result: Result | None, job_id: UUID | None = JOB) -> RunView:
    return RunView(
        id=UUID(int=9),
        account_id=UUID(int=8),
        cascade_id=None,
        source_run_id=None,
        plan="leadmodule",
        mode=Mode.LIVE,
        type=EnrichmentType.ALL,
        status=RunStatus.COMPLETED,
        result_status=ResultStatus.FOUND if result else ResultStatus.NOT_FOUND,
        cached=False,
        degraded=False,
        credits_used=1,
        result=result,
        error=None,
        metadata=NO_METADATA,
        webhook_url=None,
        created_at=NOW,
        started_at=NOW,
        ended_at=NOW,
        job_id=job_id,
    )


def test_ended_runs_are_counted_for_their_job_and_runs_without_a_job_nowhere() -> None:
    ended = [
        _run(Result(email=EMAIL, phone=PHONE)),
        _run(Result(email=EMAIL, phone=FieldResult())),
        _run(None),
        _run(Result(phone=PHONE), BATCH),
        _run(Result(email=EMAIL), None),
    ]
    assert tallies(ended) == {
        JOB: Tally(done=3, emails_found=2, phones_found=1, not_found=1),
        BATCH: Tally(done=1, emails_found=0, phones_found=1),
    }


def test_a_job_shows_what_it_pays_for_whether_its_own_run_has_ended_or_not() -> None:
    counted = tallies([_run(None), _run(None)], {JOB: Decimal("0.02"), BATCH: Decimal("0.03")})
    assert counted == {
        JOB: Tally(done=2, not_found=2, cost_usd=Decimal("0.02")),
        BATCH: Tally(cost_usd=Decimal("0.03")),
    }


@pytest.mark.parametrize(("contacts", "lane"), [(MAX_INTERACTIVE, Lane.INTERACTIVE), (MAX_INTERACTIVE + 1, Lane.BULK)])
def test_a_large_job_takes_the_bulk_lane(contacts: int, lane: Lane) -> None:
    assert lane_for(contacts) is lane


@pytest.mark.parametrize("ended_at", [None, NOW])
def test_a_job_has_ended_when_it_has_a_time_of_its_end(ended_at: datetime | None) -> None:
    job = JobView(
        id=JOB,
        account_id=UUID(int=8),
        key_id=UUID(int=7),
        plan="leadsonar",
        mode=Mode.LIVE,
        kind=JobKind.JOB,
        type=EnrichmentType.EMAIL,
        lane=Lane.INTERACTIVE,
        status=JobStatus.PROCESSING,
        total=1,
        created_at=NOW,
        ended_at=ended_at,
    )
    assert job.ended is (ended_at is not None)


def test_a_run_has_ended_in_a_terminal_status() -> None:
    assert _run(None).ended
    assert [status_for(result) for result in (ResultStatus.FOUND, ResultStatus.NOT_FOUND, ResultStatus.ERROR)] == [
        RunStatus.COMPLETED,
        RunStatus.COMPLETED,
        RunStatus.FAILED,
    ]


@each_row(
    ("row", "batch", "status"),
    [
        pytest.param({"problem": [{"field": "", "message": "x"}]}, JobStatus.PROCESSING, RowStatus.REJECTED, id="bad"),
        pytest.param({}, JobStatus.PROCESSING, RowStatus.PENDING, id="not-admitted-yet"),
        pytest.param({}, JobStatus.CANCELLED, RowStatus.CANCELLED, id="never-admitted"),
        pytest.param({"status": RunStatus.PENDING}, JobStatus.CANCELLED, RowStatus.PENDING, id="still-looked-up"),
        pytest.param({"status": RunStatus.CANCELLED}, JobStatus.PROCESSING, RowStatus.CANCELLED, id="cancelled-run"),
        pytest.param(
            {"status": RunStatus.COMPLETED, "result_status": "found"}, JobStatus.COMPLETED, RowStatus.FOUND, id="found"
        ),
        pytest.param(
            {"status": RunStatus.FAILED, "result_status": "error"}, JobStatus.COMPLETED, RowStatus.ERROR, id="error"
        ),
    ],
)
def test_the_status_of_a_row(row: dict[str, Any], batch: JobStatus, status: RowStatus) -> None:
    assert status_of(RowOutcome(position=0, given={}, **row), batch) is status


def test_the_faults_of_a_row_are_kept_with_it_and_read_back() -> None:
    fault = FieldError(field="domain", message="is no domain")
    of_file = GivenRow(given={}, problems=(fault,), line=7)
    of_json = GivenRow(given={}, problems=(fault,))
    assert problem_json(GivenRow(given={})) is None
    assert row_errors(2, problem_json(of_file) or []) == [
        RowError(row=3, line=7, field="domain", message="is no domain")
    ]
    assert row_errors(2, problem_json(of_json) or []) == [
        RowError(row=3, line=None, field="domain", message="is no domain")
    ]


def test_a_run_belongs_to_its_account_in_the_mode_of_its_key() -> None:
    assert _run(None).owner == Owner(UUID(int=8), Mode.LIVE)


def test_a_job_belongs_to_its_account_in_the_mode_of_its_key() -> None:
    assert batch_of(BatchOptions(), ()).owner == Owner(UUID(int=1), Mode.LIVE)


@pytest.mark.parametrize(
    ("at", "seconds"),
    [("12:00:00", 43_201), ("00:00:00", 86_401), ("23:59:59.500", 1), ("23:59:58.500", 2)],
)
def test_rows_are_allowed_anew_when_the_next_day_has_begun(at: str, seconds: int) -> None:
    assert seconds_to_midnight(datetime.fromisoformat(f"2026-12-31T{at}+00:00")) == seconds
