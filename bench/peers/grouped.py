"""The least that does the work: bare ASGI, and one statement for all rows that wait; a worker that takes rows."""

import asyncio
import json
import os
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg
import uvloop

DATABASE, VENDORS = os.environ["PEER_DATABASE_URL"], os.environ["PEER_VENDOR_URL"]
TABLE = """CREATE TABLE IF NOT EXISTS grouped_runs (id uuid PRIMARY KEY, contact jsonb NOT NULL, result jsonb,
status text NOT NULL DEFAULT 'pending', created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS waiting ON grouped_runs (id) WHERE status = 'pending'"""
INSERT = "INSERT INTO grouped_runs (id, contact) SELECT * FROM unnest(%s::uuid[], %s::jsonb[])"
READ = "SELECT id::text, status, result FROM grouped_runs WHERE id = ANY(%s::uuid[])"
TAKE = """UPDATE grouped_runs SET status = 'taken' WHERE id IN (
  SELECT id FROM grouped_runs WHERE status = 'pending' ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED)
RETURNING id, contact"""
END = """UPDATE grouped_runs AS r SET status = 'completed', result = e.result
FROM unnest(%s::uuid[], %s::jsonb[]) AS e (id, result) WHERE r.id = e.id"""
ASKED = (("GET", "/email-finder"), ("POST", "/v1/people/email-finder"), ("GET", "/api/v2/find"))
PAUSE = 0.02


class Group:
    """One statement at a time for everything that waits for one."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], statement: str, columns: int) -> None:
        """Begin with nothing that waits."""
        self._connection, self._statement, self._columns = connection, statement, columns
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[list[Any]]]] = []
        self._running: asyncio.Task[None] | None = None

    async def add(self, *row: object) -> list[Any]:
        """Wait until the statement has run, and its transaction is on the disk; returns the rows of all."""
        done: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            values = [[row[place] for row, _ in group] for place in range(self._columns)]
            cursor = await self._connection.execute(self._statement.encode(), values)
            rows = await cursor.fetchall() if cursor.description else []
            for _, done in group:
                done.set_result(rows)
        self._running = None


class App:
    """The API."""

    inserts: Group
    reads: Group

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await receive()
            connections = [await psycopg.AsyncConnection.connect(DATABASE, autocommit=True) for _ in range(2)]
            await connections[0].execute(TABLE.encode(), prepare=False)
            self.inserts, self.reads = Group(connections[0], INSERT, 2), Group(connections[1], READ, 1)
            await send({"type": "lifespan.startup.complete"})
            return
        status, body = await self._answer(scope, receive)
        written = json.dumps(body).encode()
        length = str(len(written)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": written})

    async def _answer(self, scope: Any, receive: Any) -> tuple[int, dict[str, Any]]:
        if scope["method"] == "POST":
            contact = (await receive())["body"].decode()
            json.loads(contact)
            await self.inserts.add(run_id := str(uuid4()), contact)
            return 202, {"runId": run_id, "status": "pending"}
        if scope["path"] == "/health":
            return 200, {"status": "ok"}
        run_id = scope["path"].rpartition("/")[2]
        for found, status, result in await self.reads.add(run_id):
            if found == run_id:
                return 200, {"runId": run_id, "status": status, "result": result}
        return 404, {}


async def work() -> None:
    """Take rows, ask the vendors about all of them at once, and store what they say."""
    connection = await psycopg.AsyncConnection.connect(DATABASE, autocommit=True)
    async with aiohttp.ClientSession(VENDORS, connector=aiohttp.TCPConnector(limit=0)) as session:
        while True:
            taken = await (await connection.execute(TAKE.encode())).fetchall()
            results = await asyncio.gather(*(_ask(session, contact) for _, contact in taken))
            await connection.execute(END.encode(), [[row_id for row_id, _ in taken], results])
            await asyncio.sleep(0 if taken else PAUSE)


async def _ask(session: aiohttp.ClientSession, contact: dict[str, Any]) -> str | None:
    query = {"domain": contact["companyDomain"]}
    for method, path in ASKED:
        async with session.request(method, path, params=query, json=query if method == "POST" else None) as answer:
            if answer.status == 200:
                return json.dumps(await answer.json())
    return None


app = App()
if __name__ == "__main__":
    uvloop.run(work())
