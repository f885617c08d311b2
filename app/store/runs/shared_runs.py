"""The runs that wait for one look-up together: the one that began it, and those that joined it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.runs.view import SharedRun
from app.store.runs.runs import view
from app.store.tables.core import api_keys, cascades, runs


async def of_cascade(connection: AsyncConnection, cascade_id: UUID, *, limit: int) -> Sequence[SharedRun]:
    """Read the runs of a cascade, the oldest first, at most `limit`.

    The run that began the cascade was accepted with it, at the same instant; of the equal rows of a list, the first. A
    completing look-up is begun by none: all its runs waited for the one before it.
    """
    statement = (
        select(runs, api_keys.c.display, api_keys.c.name, (runs.c.created_at == cascades.c.created_at).label("began"))
        .join(cascades, cascades.c.id == runs.c.cascade_id)
        .join(api_keys, api_keys.c.id == runs.c.key_id)
        .where(runs.c.cascade_id == cascade_id)
        .order_by(runs.c.id)
        .limit(limit)
    )
    return [
        SharedRun(run=view(row), key=row.name or row.display, began=row.began and number == 0)
        for number, row in enumerate(await connection.execute(statement))
    ]
