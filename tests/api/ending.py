"""End what an API has accepted as workers do: by the same use cases, on the same databases."""

from uuid import UUID

import httpx

from app.domain.waterfall.answer import Answer
from app.domain.waterfall.outcome import Conclusion
from tests.api.door import Door
from tests.play.worker import FOUND, end_cascades, record_attempt


async def end_open(door: Door, conclusion: Conclusion = FOUND, *, most: int = 1000) -> int:
    """End the open cascades of the first last names, so many at most; return how many."""
    found = door.sql("SELECT id FROM cascades WHERE open ORDER BY contact->>'last_name' LIMIT %s", most)
    async with door.services() as services:
        return await end_cascades(services, [row[0] for row in found], lambda _: conclusion)


async def end_run(door: Door, run_id: str) -> None:
    """End a run as found."""
    async with door.services() as services:
        assert await end_cascades(services, [_cascade_of(door, run_id)]) == 1


async def record(door: Door, run_id: str, *calls: tuple[str, Answer]) -> None:
    """Record calls of a run, each a provider and its answer, in their order."""
    cascade_id = _cascade_of(door, run_id)
    ((before,),) = door.sql("SELECT count(*) FROM attempts WHERE cascade_id = %s", cascade_id)
    async with door.services() as services:
        for position, (provider, answer) in enumerate(calls, before + 1):
            await record_attempt(services, cascade_id, provider, answer, position)


def _cascade_of(door: Door, run_id: str) -> UUID:
    ((cascade_id,),) = door.sql("SELECT cascade_id FROM runs WHERE id = %s", UUID(run_id))
    assert isinstance(cascade_id, UUID)
    return cascade_id


def break_off(door: Door) -> None:
    """Leave idempotency records as a process does that dies between its commit and its answer, 90 seconds ago."""
    door.sql(
        "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL, "
        "locked_until = now() - interval '1 second'"
    )


async def spent(client: httpx.AsyncClient) -> int:
    """Read how many credits the account has spent."""
    return int((await client.get("/api/v1/credits")).json()["total_spent"])
