"""Compare a database's schema with the newest migration, without importing Alembic."""

import re
import time
from pathlib import Path

import psycopg
import structlog

import migrations
from app.settings.urls import DatabaseUrl

PAUSE = 0.1

log = structlog.get_logger()

_PAIR = re.compile(r'^revision = "(?P<revision>\w+)"\ndown_revision = (?:"(?P<earlier>\w+)"|None)$', re.MULTILINE)


def newest_revision() -> str:
    """Return the revision of the newest migration: the one that no other follows, whatever their numbers."""
    pairs = _revisions()
    return next(revision for revision in pairs if revision not in pairs.values())


def is_newest(database_url: str) -> bool:
    """Check that a database stands at the newest revision; Alembic keeps it in ``alembic_version``.

    Raises:
        psycopg.OperationalError: When the database cannot be reached.
    """
    return _found(database_url) == [newest_revision()]


def await_schema(database_url: str) -> None:
    """Wait until a database is migrated; one that cannot be reached, or that a later version migrated, is as it is."""
    older, waits = _revisions().keys() - {newest_revision()}, False
    while True:
        try:
            found = _found(database_url)
        except psycopg.OperationalError:
            return
        if found and older.isdisjoint(found):
            return
        if not waits:
            log.warning("schema.awaited", revision=newest_revision(), found=found, remedy="run `leadrun migrate`")
        waits = True
        time.sleep(PAUSE)


def _revisions() -> dict[str, str | None]:
    """Return each revision and the one that it follows."""
    files = (Path(migrations.__file__).parent / "versions").glob("[0-9]*_*.py")
    pairs = [_PAIR.search(file.read_text(encoding="utf-8")) for file in files]
    return {pair["revision"]: pair["earlier"] for pair in pairs if pair}


def _found(database_url: str) -> list[str]:
    """Return the revision of a database; nothing where none of its schema is there."""
    with psycopg.connect(DatabaseUrl.parse(database_url).for_psycopg(), connect_timeout=5) as connection:
        try:
            return [revision for (revision,) in connection.execute("SELECT version_num FROM alembic_version")]
        except psycopg.errors.UndefinedTable:
            return []
