"""Facts about the database itself, for operators and for checks of its health."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_FACTS = text(
    "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes, "
    "(SELECT version_num FROM alembic_version) AS revision, "
    "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections"
)

# A lock is refused on a standby; a row that another one holds is passed over.
_WRITE = text("SELECT FROM alembic_version FOR UPDATE SKIP LOCKED")


async def facts(connection: AsyncConnection) -> Any:  # noqa: ANN401 - a row of these four
    """Read version, size in bytes, revision of the schema, and connections."""
    return (await connection.execute(_FACTS)).one()


async def check_writes(connection: AsyncConnection) -> None:
    """Check that the database takes writes; a standby, as after a failover, raises."""
    await connection.execute(_WRITE)
