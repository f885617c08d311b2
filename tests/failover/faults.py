"""What a neighbour may do: connections that break in every way, failovers, restarts, and answers that are errors."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from tests.play.proxy import COMMIT, Mood, Proxy

MOODS = (Mood.SILENT, Mood.RESET, Mood.SLOW, Mood.HALF_CLOSED)
# What PostgreSQL answers to every write, as a standby, a full disk, a busy or a stopping server does.
STATES = ("25006", "53100", "53300", "40001", "57P01", "57014")
_PREPARE = (
    "CREATE TABLE refusal (state text)",
    """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE found text; BEGIN
      SELECT state INTO found FROM refusal LIMIT 1;
      IF found IS NOT NULL THEN RAISE EXCEPTION 'refused' USING ERRCODE = found; END IF;
      RETURN NULL;
    END $$
    """,
    *(
        f"CREATE TRIGGER refuse AFTER INSERT OR UPDATE ON {table} EXECUTE FUNCTION refuse()"
        for table in ("runs", "cascades", "attempts", "deliveries", "credit_entries")
    ),
)
_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)

Fault = Callable[[float], Awaitable[None]]


class Faults:
    """The faults by name; each lasts so many seconds and ends well."""

    def __init__(self, postgres: Proxy, redis: Proxy, database_url: str, redis_url: str) -> None:
        self._url = database_url
        self._redis: Any = Redis.from_url(redis_url, decode_responses=True)
        self._password = self._redis.connection_pool.connection_kwargs.get("password") or ""
        self.all: dict[str, Fault] = {}
        for name, proxy in (("postgres", postgres), ("redis", redis)):
            for mood in MOODS:
                self.all[f"{name} {mood.value}"] = _moody(proxy, mood)
            self.all[f"{name} cut"] = _cut(proxy)
        self.all |= {f"postgres {state}": self._refusing(state) for state in STATES}
        self.all |= {
            "postgres loses answers to COMMIT": _losing(postgres),
            "postgres ends sessions": self._ending_sessions,
            "postgres holds an account": self._holding_an_account,
            "redis readonly": self._as(("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
            "redis full": self._as(("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
            "redis flushed": self._as(("FLUSHALL",), ("PING",)),
            "redis another password": self._as(
                ("CONFIG", "SET", "requirepass", "another"), ("CONFIG", "SET", "requirepass", self._password)
            ),
        }

    def prepare(self) -> None:
        """Prepare the database for its refusals."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            for statement in _PREPARE:
                connection.execute(statement.encode())

    def _refusing(self, state: str) -> Fault:
        async def fault(seconds: float) -> None:
            async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                await connection.execute("INSERT INTO refusal VALUES (%s)", (state,))
                await asyncio.sleep(seconds)
                await connection.execute("DELETE FROM refusal")

        return fault

    async def _ending_sessions(self, seconds: float) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            for _ in range(int(seconds) + 1):
                await connection.execute(_END_SESSIONS)
                await asyncio.sleep(1)

    async def _holding_an_account(self, seconds: float) -> None:
        async with await psycopg.AsyncConnection.connect(self._url) as connection:
            with suppress(psycopg.Error):
                await connection.execute("SELECT FROM accounts ORDER BY id LIMIT 1 FOR UPDATE")
                await asyncio.sleep(seconds)
            await connection.rollback()

    def _as(self, begin: tuple[str, ...], end: tuple[str, ...]) -> Fault:
        async def fault(seconds: float) -> None:
            await self._tell(*begin)
            with suppress(RedisError, OSError):
                await asyncio.to_thread(self._redis.client_kill_filter, _type="normal", skipme=True)
            await asyncio.sleep(seconds)
            await self._tell(*end)

        return fault

    async def _tell(self, *command: str) -> None:
        await asyncio.to_thread(self._redis.execute_command, *command)


def restarting(restart: Callable[[], None]) -> Fault:
    """Restart PostgreSQL, which takes as long as it takes."""

    async def fault(_seconds: float) -> None:
        await asyncio.to_thread(restart)

    return fault


def _moody(proxy: Proxy, mood: Mood) -> Fault:
    async def fault(seconds: float) -> None:
        proxy.become(mood)
        if mood is Mood.RESET:
            proxy.cut()
        await asyncio.sleep(seconds)
        proxy.become(Mood.PASS)

    return fault


def _cut(proxy: Proxy) -> Fault:
    async def fault(seconds: float) -> None:
        for _ in range(int(seconds * 2) + 1):
            proxy.cut()
            await asyncio.sleep(0.5)

    return fault


def _losing(proxy: Proxy) -> Fault:
    async def fault(seconds: float) -> None:
        for _ in range(int(seconds * 5) + 1):
            proxy.lose_answer_to = COMMIT
            await asyncio.sleep(0.2)
        proxy.lose_answer_to = None

    return fault
