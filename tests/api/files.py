"""Uploads of files for the tests of the API, and the contacts that were read of them."""

from typing import Any

import httpx

from tests.api.door import Door

RITA = {"first_name": "Rita", "last_name": "Moss"}


async def send(
    client: httpx.AsyncClient, body: bytes | str, kind: str | None = "text/csv", **query: Any
) -> httpx.Response:
    headers = {"content-type": kind} if kind is not None else {}
    return await client.post("/api/v1/batches", content=body, params=query, headers=headers)


async def accepted(client: httpx.AsyncClient, body: bytes | str, kind: str | None = "text/csv", **query: Any) -> Any:
    answer = await send(client, body, kind, **query)
    assert answer.status_code == 201, answer.text
    return answer.json()


def contacts(door: Door) -> list[dict[str, str]]:
    return [row[0] for row in door.sql("SELECT contact FROM job_rows ORDER BY position")]
