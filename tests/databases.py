"""Databases of the tests: copies of a migrated one, emptied and used again, for making one costs more."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from app.store.database import migrate

TEMPLATE = "template_of_tests"

# What a test may have changed besides rows: tables, columns, defaults, functions, triggers, schemas, settings.
_SHAPE = """
SELECT md5(concat_ws('/',
    (SELECT string_agg(concat_ws(' ', c.relname, c.relkind, c.reloptions), ',' ORDER BY c.relname)
       FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull), ',' ORDER BY c.relname, a.attnum)
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', adrelid, adnum, pg_get_expr(adbin, adrelid)), ',' ORDER BY adrelid, adnum)
       FROM pg_attrdef),
    (SELECT string_agg(concat_ws(' ', conname, convalidated), ',' ORDER BY conname)
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', tgname, tgenabled), ',' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal),
    (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    (SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'),
    (SELECT string_agg(version_num, ',') FROM alembic_version),
    (SELECT string_agg(concat_ws(' ', d.datallowconn, d.datconnlimit, s.setconfig), ',')
       FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE d.datname = current_database())
))
"""
_FILLED = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
    AND relname <> ALL (%s)
"""
# Of other processes of the test, which may not be gone yet; each is waited for.
_DISCONNECT = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"

# Tables that have taken up more than this are not worth emptying.
_MOST_BYTES = 2_000_000

_numbers = itertools.count(1)
_empty: list[str] = []
_shapes: dict[str, str] = {}
# Connections that make, rename and drop databases: one for each server.
_administrators: dict[str, psycopg.Connection] = {}


@contextmanager
def made_template(server_url: str) -> Iterator[str]:
    """Make the migrated, empty database that the others are copies of; yields its name."""
    with psycopg.connect(server_url, autocommit=True) as administrator:
        _administrators[server_url] = administrator
        _run(server_url, "CREATE DATABASE {}", TEMPLATE)
        url = with_path(server_url, TEMPLATE)
        migrate.upgrade(url)
        with psycopg.connect(url) as connection:
            _shapes[server_url] = _read_shape(connection)
        yield TEMPLATE


@contextmanager
def new_database(server_url: str, template: str) -> Iterator[str]:
    """Have a migrated, empty database until the block ends; yields its URL, which no earlier test had."""
    name = f"test_{next(_numbers)}"
    if _empty:
        _run(server_url, "ALTER DATABASE {} RENAME TO {}", _empty.pop(), name)
    else:
        _run(server_url, "CREATE DATABASE {} TEMPLATE {}", name, template)
    url = with_path(server_url, name)
    yield url
    _administrators[server_url].execute(_DISCONNECT, [name])
    if _is_empty_again(url, _shapes[server_url]):
        # Whatever still has the old name finds nothing there.
        spare = f"empty_{next(_numbers)}"
        _run(server_url, "ALTER DATABASE {} RENAME TO {}", name, spare)
        _empty.append(spare)
    else:
        _run(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def with_path(url: str, path: str) -> str:
    """Return the URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def is_emptied(connection: psycopg.Connection, server_url: str, *, but: tuple[str, ...]) -> bool:
    """Delete the rows of a database in which nothing is going on, except some tables; returns whether none is left."""
    return _is_emptied(connection, _shapes[server_url], but)


def _is_empty_again(url: str, shape: str) -> bool:
    """Delete all rows of a database that nobody else uses; returns whether it is as good as new."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            return _is_emptied(connection, shape)
    except psycopg.Error:
        return False


def _is_emptied(connection: psycopg.Connection, shape: str, but: tuple[str, ...] = ()) -> bool:
    if _read_shape(connection) != shape:
        return False
    kept = ["alembic_version", *but]
    filled = connection.execute(_FILLED, [kept]).fetchall()
    if sum(size for _, size in filled) > _MOST_BYTES:
        return False
    if filled:
        names = [sql.Identifier(name) for name, _ in filled]
        connection.execute("SET session_replication_role = replica")  # foreign keys are not asked
        connection.execute(sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(name) for name in names))
        connection.execute("RESET session_replication_role")
        # Without their dead rows, a plan is the one of an empty table.
        connection.execute(sql.SQL("VACUUM (INDEX_CLEANUP ON) {}").format(sql.SQL(",").join(names)))
    return not connection.execute(_FILLED, [kept]).fetchall()


def _read_shape(connection: psycopg.Connection) -> str:
    row = connection.execute(_SHAPE).fetchone()
    assert row
    return str(row[0])


def _run(server_url: str, statement: LiteralString, *names: str) -> None:
    _administrators[server_url].execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
