"""Compare a database's schema with the newest migration, without importing Alembic."""

import re
from pathlib import Path

import psycopg

import migrations
from app.settings.urls import DatabaseUrl

_PAIR = re.compile(r'^revision = "(?P<revision>\w+)"\ndown_revision = (?:"(?P<earlier>\w+)"|None)$', re.MULTILINE)


def newest_revision() -> str:
    """Return the revision of the newest migration: the one that no other follows, whatever their numbers."""
    files = (Path(migrations.__file__).parent / "versions").glob("[0-9]*_*.py")
    pairs = [_PAIR.search(file.read_text(encoding="utf-8")) for file in files]
    earlier = {pair["earlier"] for pair in pairs if pair}
    return next(pair["revision"] for pair in pairs if pair and pair["revision"] not in earlier)


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
