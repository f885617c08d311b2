"""A running `leadrun up`, and the hands of those who break it: workers killed, Redis emptied, PostgreSQL restarted."""

import asyncio
import json
import os
import signal
from typing import Any

import psutil
import psycopg
from redis import Redis
from sqlalchemy import make_url

from tests.contract.supervised import Up, lives

PATIENCE = 90.0
PAUSE = 0.05


class Stack:
    """One `leadrun up` and the addresses of its servers."""

    def __init__(self, up: Up) -> None:
        self.up = up
        note = json.loads((up.data_dir / "running.json").read_text())
        self.environment: dict[str, str] = note["environment"]
        url = make_url(self.environment["LEADRUN_DATABASE_URL"]).set(drivername="postgresql")
        self._database = url.render_as_string(hide_password=False)

    def database(self) -> psycopg.Connection[Any]:
        """Connect to the database."""
        return psycopg.connect(self._database, autocommit=True)

    async def rows(self, query: str, **values: object) -> list[Any]:
        """Ask the database once."""
        async with await psycopg.AsyncConnection.connect(self._database, autocommit=True) as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()

    async def processes(self, *words: str) -> list[psutil.Process]:
        """Find our processes whose command lines have these words; waits while they are being started again."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = [p for p in self.up.family() if lives(p) and all(word in _line(p) for word in words)]
                if found:
                    return found
                await asyncio.sleep(PAUSE)


async def kill_the_worker(stack: Stack) -> None:
    """Kill -9 the worker."""
    os.kill((await stack.processes("main work"))[0].pid, signal.SIGKILL)


async def empty_redis(stack: Stack) -> None:
    """Lose everything that Redis had."""
    with Redis.from_url(stack.environment["LEADRUN_REDIS_URL"]) as redis:
        redis.flushall()


async def restart_postgres(stack: Stack) -> None:
    """Restart PostgreSQL: every connection breaks, and its supervisor starts it again."""
    os.kill((await stack.processes("postgres", "-D"))[0].pid, signal.SIGINT)


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
