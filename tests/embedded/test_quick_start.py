"""A later start is quick: no process imports a library that it does not use, and a schema at its head is left alone."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import structlog
from alembic.script import ScriptDirectory

from app.store.database.migrate import alembic_config
from app.store.database.schema_version import await_schema, is_newest, newest_revision

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("app.cli.main", {"alembic", "celery", "httpx", "litestar", "psycopg", "redis", "sqlalchemy"}),
        ("app.embedded.up", {"alembic", "celery", "httpx", "litestar", "prometheus_client", "redis", "sqlalchemy"}),
        ("app.embedded.up, app.cli.run", {"pygments", "rich"}),
        ("app.sandbox.server", {"aiohttp", "alembic", "celery", "psycopg", "redis", "sqlalchemy"}),
        ("app.api.server", {"alembic", "app.sandbox", "httpx"}),
        ("workers.worker", {"alembic", "app.api", "app.sandbox", "litestar"}),
        ("app.cli.run, workers.main, celery.apps.worker", {"celery.bin", "prompt_toolkit", "pygments", "rich"}),
    ],
)
def test_a_process_imports_no_library_that_it_does_not_use(module: str, unwanted: set[str]) -> None:
    script = f"import sys, {module}; print(*sorted({unwanted!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_newest_revision_is_alembics_head(database_url: str) -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config(database_url)).get_current_head()


def test_a_schema_is_newest_only_at_that_revision(fresh_database: str) -> None:
    assert is_newest(fresh_database)
    assert is_newest(fresh_database.replace("postgresql://", "postgresql+psycopg://"))
    for statement in ("UPDATE alembic_version SET version_num = '0001'", "DROP TABLE alembic_version"):
        with psycopg.connect(fresh_database, autocommit=True) as connection:
            connection.execute(statement)
        assert not is_newest(fresh_database)


def test_a_process_waits_for_the_migration_of_its_database_and_for_nothing_else(fresh_database: str) -> None:
    await_schema("postgresql://nobody@127.0.0.1:1/none")
    with psycopg.connect(fresh_database, autocommit=True) as connection, ThreadPoolExecutor(1) as beside:
        connection.execute("UPDATE alembic_version SET version_num = 'of-a-later-version'")
        await_schema(fresh_database)
        connection.execute("DELETE FROM alembic_version")
        with structlog.testing.capture_logs() as logs:
            waiting = beside.submit(await_schema, fresh_database)
            while not logs:
                assert not waiting.done()
            connection.execute("INSERT INTO alembic_version VALUES ('0001')")
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
            connection.execute("UPDATE alembic_version SET version_num = %s", (newest_revision(),))
            waiting.result(20)
    assert [one["remedy"] for one in logs] == ["run `leadrun migrate`"]
