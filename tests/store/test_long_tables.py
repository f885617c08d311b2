"""Lists and recurring statements read what they return: of 200 000 runs, and 30 000 rows of each other table."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.runs.run_filter import RunFilter
from app.domain.vocabulary import EnrichmentType, ResultStatus, RunStatus
from app.services import open_services
from app.settings.settings import Settings
from app.store.database.time_ids import first_id
from app.store.runs import run_list
from bench.long_tables import RARE, SELDOM_USED, seed
from bench.requested import requested
from bench.rows import OWNER, PAGE, lists, recurring
from bench.statements import Statement, read

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROWS, OTHERS = 200_000, 30_000
SPACING = timedelta(minutes=1)
END = BEGIN + OTHERS * SPACING
# Rows that a page of 50 may look at: it, one more, and as much again where two ways lead to a run.
MOST = 400
# psycopg prepares a statement after five, and PostgreSQL plans it for any values after five more.
TIMES = 12

CASES = [
    pytest.param(RunFilter(), PAGE, id="none"),
    pytest.param(RunFilter(status=RunStatus.PENDING), RARE, id="pending"),
    pytest.param(RunFilter(status=RunStatus.PROCESSING), RARE, id="processing"),
    pytest.param(RunFilter(status=RunStatus.FAILED), RARE, id="failed"),
    pytest.param(RunFilter(status=RunStatus.CANCELLED), RARE, id="cancelled"),
    pytest.param(RunFilter(status=RunStatus.COMPLETED), PAGE, id="completed"),
    pytest.param(RunFilter(result_status=ResultStatus.NOT_FOUND), RARE, id="not found"),
    pytest.param(RunFilter(result_status=ResultStatus.ERROR), RARE, id="error"),
    pytest.param(RunFilter(type=EnrichmentType.PHONE), RARE, id="phone"),
    pytest.param(RunFilter(type=EnrichmentType.ALL), 0, id="a type that nobody wanted"),
    pytest.param(RunFilter(key="x"), RARE, id="a key"),
    pytest.param(RunFilter(domain="rare.example"), RARE, id="domain"),
    pytest.param(RunFilter(domain="nobody.example"), 0, id="unknown domain"),
    pytest.param(RunFilter(search="zyx"), RARE, id="last name"),
    pytest.param(RunFilter(search="Jane Zy"), RARE, id="name"),
    pytest.param(RunFilter(search="rare."), RARE, id="beginning of a domain"),
    pytest.param(RunFilter(search="zyx@ac"), RARE, id="found address"),
    pytest.param(RunFilter(search="nobody"), 0, id="nobody"),
    pytest.param(RunFilter(created_after=datetime(2999, 1, 1, tzinfo=UTC)), 0, id="after the end of time"),
    pytest.param(RunFilter(created_after=datetime.max.replace(tzinfo=UTC)), 0, id="after the last moment"),
    pytest.param(RunFilter(created_before=BEGIN), 0, id="before the first"),
    pytest.param(RunFilter(created_before=datetime.min.replace(tzinfo=UTC)), 0, id="before the first moment"),
    pytest.param(RunFilter(created_before=BEGIN + timedelta(days=10)), PAGE, id="long ago"),
    pytest.param(
        RunFilter(created_after=BEGIN + timedelta(days=9), created_before=BEGIN + timedelta(days=9, minutes=20)),
        19,
        id="between",
    ),
    pytest.param(RunFilter(status=RunStatus.FAILED, type=EnrichmentType.EMAIL, search="smith"), RARE, id="together"),
]


@pytest.fixture
def long_tables(settings: Settings) -> Settings:
    assert settings.database_url
    seed(settings.database_url, ROWS, begin=BEGIN, spacing=SPACING, others=OTHERS)
    return settings


def _of_runs() -> list[Statement]:
    def listed(wanted: RunFilter, expected: int) -> Callable[[AsyncConnection], Awaitable[Any]]:
        async def run(connection: AsyncConnection) -> None:
            key_ids = [SELDOM_USED] if wanted.key else None
            statement = run_list.listing(OWNER, wanted, key_ids=key_ids, before_id=None, limit=PAGE)
            assert len(await run_list.page(connection, statement)) == expected

        return run

    return [Statement(str(case.id), listed(*case.values), MOST) for case in CASES]  # type: ignore[arg-type]


async def test_no_list_and_no_recurring_statement_reads_a_long_table(long_tables: Settings) -> None:
    # All in one test: the rows cost more than everything that is asked of them.
    slow: dict[str, object] = {}
    async with open_services(long_tables) as services, services.engine.connect() as connection:
        for statement, times in [
            *((one, TIMES) for one in [*_of_runs(), *lists()]),
            *((one, 1) for one in [*requested(BEGIN, END), *recurring(BEGIN, END)]),
        ]:
            for _ in range(times):
                found = await read(connection, statement)
            if found.scanned or found.rows.total() > statement.most:
                slow[statement.name] = (found.scanned, dict(found.rows))
    assert slow == {}


@pytest.mark.parametrize("moment", [BEGIN, datetime(1970, 1, 1, tzinfo=UTC)])
def test_the_first_id_of_a_time_is_below_every_id_of_it(moment: datetime) -> None:
    assert first_id(moment).int >> 80 == int(moment.timestamp() * 1000)
