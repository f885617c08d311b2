"""The database engine of a process."""

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.settings.settings import Settings, SettingsError

POOL_TIMEOUT = 2.0


def database_url(settings: Settings) -> str:
    """Return the URL of PostgreSQL with the driver that we use.

    Raises:
        SettingsError: When none is set, or it is not PostgreSQL's.
    """
    if not settings.database_url:
        raise SettingsError(["LEADRUN_DATABASE_URL is not set; set it, or use `leadrun up`, which starts its own"])
    url = make_url(settings.database_url)
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise SettingsError(["LEADRUN_DATABASE_URL must begin with postgresql://"])
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def open_engine(settings: Settings) -> AsyncEngine:
    """Make the engine; it connects when first used, never waits long, and checks nothing out stale."""
    return create_async_engine(
        database_url(settings),
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3, "options": "-c timezone=UTC", "prepare_threshold": 2},
    )
