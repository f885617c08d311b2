"""Ends what an API has accepted as workers do: the same use case, on the same databases."""

from uuid import UUID

import httpx

from app.domain.waterfall.outcome import Conclusion
from app.services import open_services
from app.store.waterfall import cascades
from app.usecases.waterfall.finish_cascade import EndedCascade, FinishCascade
from tests.api.door import Door
from tests.usecases.people import FOUND


async def end_open(door: Door, conclusion: Conclusion = FOUND, *, most: int = 1000) -> int:
    """End the open cascades of the first last names, so many at most; returns how many."""
    found = door.sql("SELECT id FROM cascades WHERE open ORDER BY contact->>'last_name' LIMIT %s", most)
    ids: list[UUID] = [row[0] for row in found]
    async with open_services(door.settings) as services:
        async with services.engine.begin() as connection:
            claimed = await cascades.claim(connection, ids, owner=services.name, lease_seconds=30)
        finish = FinishCascade(services)
        return sum(
            [await finish(EndedCascade(claimed=c, conclusion=conclusion, skips=(), asked=True)) for c in claimed]
        )


def break_off(door: Door) -> None:
    """Leave idempotency records as a process does that dies between its commit and its answer, 90 seconds ago."""
    door.sql(
        "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL, "
        "locked_until = now() - interval '1 second'"
    )


async def spent(client: httpx.AsyncClient) -> int:
    """Read how many credits the account has spent."""
    return int((await client.get("/api/v1/credits")).json()["total_spent"])
