"""The database engine of a process."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.settings.settings import Settings

POOL_TIMEOUT = 2.0
CONNECT_SECONDS = 3


def open_engine(settings: Settings) -> AsyncEngine:
    """Make the engine; it connects when first used, never waits long, and checks nothing out stale."""
    address = settings.database_address()
    options = " ".join(filter(None, (address.parameters.get("options"), "-c timezone=UTC")))
    timeout = address.parameters.get("connect_timeout", CONNECT_SECONDS)
    return create_async_engine(
        address.for_sqlalchemy(),
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        pool_pre_ping=True,
        connect_args={"connect_timeout": timeout, "options": options, "prepare_threshold": 2},
    )
