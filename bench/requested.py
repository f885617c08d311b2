"""Statements of single requests on long tables: submissions, reads of a run, and deliveries that are sent again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.store.database.queries import run, run_together
from app.store.figures import rollup
from app.store.runs import runs, shared_runs
from app.store.tables.core import accounts
from app.store.tables.core import cascades as cascade_rows
from app.store.waterfall import cache, cascades
from app.store.webhooks import redelivery
from bench.long_tables import ACCOUNT, RARE
from bench.statements import Statement

OWNER = Owner(ACCOUNT, Mode.LIVE)
# An id and a fingerprint of no row: what is not there is found out without a look at the others.
NONE, NOBODY = UUID(int=9), b"nobody"
LIMIT = 50
# Runs, look-ups and attempts of an hour, where a row came each minute, some of them more than once.
HOUR = 1500


def requested(begin: datetime, end: datetime) -> list[Statement]:
    """Return what requests, and the ends of runs, ask for.

    Args:
        begin: Of the oldest row.
        end: Of the newest row.
    """
    person, known = (ACCOUNT, Mode.LIVE.value, NOBODY), (ACCOUNT, Mode.LIVE.value, bytes([0] * 7 + [10]))
    return [
        Statement("a run", lambda c: runs.by_ids(c, [NONE]), 1),
        Statement("runs of a look-up", lambda c: shared_runs.of_cascade(c, NONE, limit=LIMIT), 1),
        Statement("runs that a look-up ends", lambda c: run(c, runs.living([NONE])), 1),
        Statement("runs charged for a look-up", lambda c: runs.charged(c, [NONE]), 1),
        Statement("answers for a contact", lambda c: run_together(c, *cache.find([person], begin)), 1),
        Statement("answers for a known contact", lambda c: run_together(c, *cache.find([known], begin)), 20),
        Statement("lease for a new account", _lease, 20 * RARE),
        Statement("look-ups in flight", lambda c: run(c, cascades.in_flight([(*person, "email")])), 20 * RARE),
        Statement(
            "send again what failed",
            lambda c: redelivery.recover(c, OWNER, None, since=begin, run_id=None, now=end),
            20 * RARE,
        ),
        Statement("add an hour up", lambda c: rollup.roll_next(c, end), HOUR),
    ]


async def _lease(connection: AsyncConnection) -> None:
    """Lease a look-up of an account that has reported nothing."""
    account = NONE
    await connection.execute(insert(accounts).values(id=account, name="new", created_at=func.now()))
    one = select(cascade_rows.c.id).where(cascade_rows.c.open).limit(1).scalar_subquery()
    moved = update(cascade_rows).where(cascade_rows.c.id == one).values(account_id=account).returning(cascade_rows.c.id)
    ids = list(await connection.scalars(moved))
    [leased] = await cascades.lease(connection, ids, owner="bench", lease_seconds=30)
    if leased.has_wrong_values:
        raise AssertionError
