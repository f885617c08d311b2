"""Endpoints and deliveries of the tests of the app."""

import re

import httpx

from app.web.webhooks.endpoint_form import CHOSEN_AT_FIRST
from tests.web.stack import Stack

# An address, so that no name is resolved; nothing is sent, for no dispatcher runs.
URL = "https://9.9.9.9/hook"
GIVEN = {"url": URL, "events": list(CHOSEN_AT_FIRST), "description": "the CRM"}


async def make(client: httpx.AsyncClient) -> str:
    """Make an endpoint; returns the path of its page."""
    answer = await client.post("/app/webhooks/endpoints", data=GIVEN)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def ping(client: httpx.AsyncClient, endpoint: str) -> str:
    """Ask for a test event; returns the path of its delivery."""
    answer = await client.post(f"{endpoint}/test")
    assert answer.status_code == 303
    return answer.headers["location"]


async def listed(client: httpx.AsyncClient, page: str) -> list[str]:
    """List the paths of the deliveries that a page shows."""
    return re.findall(r'href="(/app/webhooks/deliveries/[^"]+)"', (await client.get(page)).text)


def fail(stack: Stack, delivery: str) -> None:
    """End a delivery as failed after one try, as a dispatcher does."""
    delivery_id = delivery.rsplit("/", 1)[-1]
    stack.door.sql(
        "INSERT INTO delivery_attempts (delivery_id, number, started_at, latency_ms, http_status, error, answer)"
        " VALUES (%s, 1, now(), 1234, 500, 'the receiver answered 500', '<b>no</b>')",
        delivery_id,
    )
    stack.door.sql(
        "UPDATE deliveries SET state = 'failed', due_at = NULL, ended_at = now(), reason = 'gave up' WHERE id = %s",
        delivery_id,
    )
