"""Settings of database sessions: pinned, so that roles, databases and poolers cannot change what we read and write."""

from collections.abc import Mapping

# Seconds. A statement that takes longer is ended by the server, and so is a transaction whose process is silent; who
# waits for a row that another transaction holds gives up earlier.
STATEMENT_SECONDS = 14
IDLE_SECONDS = 20
LOCK_SECONDS = 4

_PINNED = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "search_path": '"$user", public',
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
}
# Of a transaction that has begun, these can no longer be the default.
_OF_TRANSACTION = {"default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable"}


def startup_options(own: str | None) -> str:
    """Write the settings as libpq's ``options``; those that the operator's address names come later and win."""
    pinned = [f"-c {name}={_escaped(value)}" for name, value in _PINNED.items()]
    return " ".join([*pinned, *([own] if own else [])])


def transaction_settings() -> str:
    """Write the settings as the first statement of a transaction, for a pooler that hands each to another session."""
    changed: Mapping[str, str] = {name: value for name, value in _PINNED.items() if name not in _OF_TRANSACTION}
    settings = "".join(f"SET LOCAL {name} = {_literal(name, value)};" for name, value in changed.items())
    return f"SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;{settings}"


def migration_settings(url: str) -> str:
    """Write the first statement of a migration: it may take long, and makes its tables where the sessions look."""
    own = "search_path" in url
    search_path = "" if own else f"SET LOCAL search_path = {_PINNED['search_path']};"
    return f"{search_path}SET LOCAL statement_timeout = 0;SET LOCAL lock_timeout = 0"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _literal(name: str, value: str) -> str:
    return value if name == "search_path" else f"'{value}'"
