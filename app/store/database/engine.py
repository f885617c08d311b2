"""The database engine of a process."""

import json
from typing import Any

import msgspec
from sqlalchemy import Connection, event
from sqlalchemy.dialects import registry
from sqlalchemy.engine import ExceptionContext
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
        json_deserializer=_read_json,
    )
    event.listen(engine.sync_engine, "handle_error", _drop_connections)
    if settings.database_pooler:
        event.listen(engine.sync_engine, "begin", _set_for_transaction)
        return engine
    return engine.execution_options(**{KEEPS_SESSIONS: True})


def _read_json(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON
    """Read a value of the database; what the quick parser refuses, such as 1e400, the standard library's reads."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


def _drop_connections(context: ExceptionContext) -> None:
    """Drop the pool's connections when they lead to a server that does not serve us any more, as after a failover."""
    if context.original_exception and ends_the_connection(context.original_exception):
        context.is_disconnect = True


def _set_for_transaction(connection: Connection) -> None:
    connection.exec_driver_sql(transaction_settings())
