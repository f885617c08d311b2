"""Compare a database's schema with the newest migration, without importing Alembic."""

from pathlib import Path

import psycopg

import migrations
from app.settings.urls import DatabaseUrl


def newest_revision() -> str:
    """Return the revision of the newest migration: the four digits that its file name begins with."""
    return max(path.name[:4] for path in (Path(migrations.__file__).parent / "versions").glob("[0-9]*_*.py"))


def is_newest(database_url: str) -> bool:
    """Check that a database stands at the newest revision; Alembic keeps it in ``alembic_version``.

    Raises:
        psycopg.OperationalError: When the database cannot be reached.
    """
    with psycopg.connect(DatabaseUrl.parse(database_url).for_psycopg(), connect_timeout=5) as connection:
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except psycopg.errors.UndefinedTable:
            return False
    return found == [(newest_revision(),)]
