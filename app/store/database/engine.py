"""The database engine of a process."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg import adapters
from psycopg.abc import Buffer, DumperKey
from psycopg.adapt import Dumper, Loader, PyFormat
from psycopg.types.array import ListDumper
from sqlalchemy import Connection, event
from sqlalchemy.dialects import registry
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.settings.settings import Settings
from app.store.database.connection import BoundedConnection, BoundedDialect
from app.store.database.errors import ends_the_connection
from app.store.database.session import startup_options, transaction_settings
from app.store.database.transaction import KEEPS_SESSIONS

POOL_TIMEOUT = 2.0
CONNECT_SECONDS = 3
# A peer that is gone without a word is noticed by TCP: sent bytes that nobody acknowledges (milliseconds), or silence
# (seconds). PostgreSQL's manual, 34.1.2.
_TCP = {
    "tcp_user_timeout": 4000,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
_DRIVER = "bounded"

registry.register(f"postgresql.{_DRIVER}", BoundedDialect.__module__, BoundedDialect.__name__)


def open_engine(settings: Settings) -> AsyncEngine:
    """Make the engine; it connects when first used, never waits long, and checks nothing out stale."""
    address = settings.database_address()
    own = address.parameters
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "client_encoding": "utf8",
        **_TCP,
        **{name: value for name, value in own.items() if name in {"connect_timeout", *_TCP}},
        "async_creator_fn": BoundedConnection.connect,
    }
    if settings.database_pooler:
        # The session behind a connection changes with each transaction: nothing of a session can be relied on.
        arguments["prepare_threshold"] = None
    else:
        arguments |= {"prepare_threshold": 2, "options": startup_options(own.get("options"))}
    engine = create_async_engine(
        address.for_psycopg(f"+{_DRIVER}"),
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        # The connection that answered last needs no test; taking the oldest tests each of them under a light load.
        pool_use_lifo=True,
        pool_pre_ping=True,
        connect_args=arguments,
    )
    event.listen(engine.sync_engine, "connect", _use_our_types)
    event.listen(engine.sync_engine, "handle_error", _drop_connections)
    if settings.database_pooler:
        event.listen(engine.sync_engine, "begin", _set_for_transaction)
        return engine
    return engine.execution_options(**{KEEPS_SESSIONS: True})


class JsonLoader(Loader):
    """Reads JSON of the database; what the quick parser refuses, such as 1e400, the standard library's reads."""

    def load(self, data: Buffer) -> Any:  # noqa: ANN401 - any JSON
        """Read a value."""
        try:
            return msgspec.json.decode(data)
        except msgspec.DecodeError:
            return json.loads(bytes(data))


class UuidsDumper(Dumper):
    """Writes lists of UUIDs."""

    oid = adapters.types["uuid"].array_oid

    def dump(self, obj: Sequence[UUID]) -> bytes:
        """Write a list as PostgreSQL reads an array (its manual, sections 8.12 and 8.15.2)."""
        return b"{%b}" % b",".join([b"%032x" % one.int for one in obj])


class ByteasDumper(Dumper):
    """Writes lists of bytes."""

    oid = adapters.types["bytea"].array_oid

    def dump(self, obj: Sequence[bytes]) -> bytes:
        """Write a list as PostgreSQL reads an array (its manual, sections 8.4.1 and 8.15.2)."""
        return f"{{{','.join([_QUOTED_HEX % one.hex() for one in obj])}}}".encode()


_QUOTED_HEX = r'"\\x%s"'
_LISTS: dict[frozenset[type], type[Dumper]] = {
    frozenset({UUID}): UuidsDumper,
    frozenset({bytes}): ByteasDumper,
}


class QuickListDumper(ListDumper):
    """psycopg's dumper of lists, which asks a dumper for each item, and looks for what to quote in it."""

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:  # noqa: A002 - psycopg's
        """Return what is written alike."""
        dumper = _LISTS.get(frozenset(map(type, obj)))
        return (dumper,) if dumper else super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> Dumper:  # type: ignore[override] # noqa: A002 - psycopg's
        """Return the dumper of a list."""
        dumper = _LISTS.get(frozenset(map(type, obj)))
        return dumper(list) if dumper else super().upgrade(obj, format)


def _use_our_types(connection: DBAPIConnection, _record: object) -> None:
    adapted = connection.driver_connection.adapters
    adapted.register_dumper(list, QuickListDumper)
    for name in ("json", "jsonb"):
        adapted.register_loader(name, JsonLoader)


def _drop_connections(context: ExceptionContext) -> None:
    """Drop the pool's connections when they lead to a server that does not serve us any more, as after a failover."""
    if context.original_exception and ends_the_connection(context.original_exception):
        context.is_disconnect = True


def _set_for_transaction(connection: Connection) -> None:
    connection.exec_driver_sql(transaction_settings())
