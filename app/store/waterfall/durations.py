"""Read how long recent cascades took, and how many are open, for estimates."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import EnrichmentType, Lane, Mode

# Ids are ordered by time, so the newest stand at the end of the primary key; only so many of them are looked through.
# A run's start is not its acceptance, so what it waited in a queue is not counted.
_RECENT = text("""
SELECT extract(epoch FROM c.ended_at - r.started_at)::float
FROM (SELECT id, ended_at, open, mode, type, lane FROM cascades ORDER BY id DESC LIMIT :depth) AS c
CROSS JOIN LATERAL (SELECT min(started_at) AS started_at FROM runs WHERE cascade_id = c.id) AS r
WHERE NOT c.open AND c.mode = :mode AND c.type = :type AND c.lane = :lane AND r.started_at IS NOT NULL
LIMIT :most
""")
_OPEN = text("SELECT count(*) FROM cascades WHERE open AND lane = :lane")


async def recent_seconds(
    connection: AsyncConnection, *, mode: Mode, kind: EnrichmentType, lane: Lane, depth: int, most: int
) -> list[float]:
    """Return how long finished look-ups of a kind took, in seconds.

    Args:
        connection: Any.
        mode: Live or test.
        kind: What was looked for.
        lane: Which lane carried it.
        depth: How many of the newest cascades are looked through.
        most: At most so many are returned.
    """
    values = {"mode": mode.value, "type": kind.value, "lane": lane.value, "depth": depth, "most": most}
    return list(await connection.scalars(_RECENT, values))


async def open_count(connection: AsyncConnection, lane: Lane) -> int:
    """Count the cascades of a lane that have not ended."""
    return int(await connection.scalar(_OPEN, {"lane": lane.value}) or 0)
