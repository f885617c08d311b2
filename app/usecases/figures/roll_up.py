"""Add up the figures of hours and days that are over, so that pages and the API read few rows."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from app.services import Services
from app.store.database.portions import in_portions
from app.store.figures import rollup
from app.store.figures.rollup import ChangedHour

# A first round adds up all that there is, an hour a transaction: of a year there are nearly nine thousand.
MOST_HOURS = 100_000


async def roll_up_figures(services: Services) -> int:
    """Add up the hours that are over, and those that have changed since; return how many.

    Each is a transaction of its own, and one process at a time works at them; what a kill leaves is done next time.
    """
    now = services.now()

    async def following(connection: AsyncConnection) -> int:
        return int(await rollup.roll_next(connection, now))

    async def again(changed: ChangedHour, connection: AsyncConnection) -> int:
        return int(await rollup.roll_again(connection, changed))

    engine = services.engine
    added_up = await in_portions(engine, following, name="figures", portion=1, most=MOST_HOURS)
    async with services.read() as connection:
        changed = await rollup.changed_hours(connection)
    for one in changed:
        added_up += await in_portions(engine, partial(again, one), name="figures", portion=1, most=1)
    return added_up
