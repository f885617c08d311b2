"""Caps over HTTP: set, shown, removed; and requests that a cap in credits leaves no room for."""

import asyncio
from decimal import Decimal

import httpx
import psycopg
import pytest

from app.clock import SystemClock
from app.domain.accounts.key_terms import KeyTerms, Scope
from app.domain.accounts.spend_cap import ALL_PROVIDERS, CapKey, CapPeriod, CapSetter, CapUnit
from app.services import uuid7
from app.usecases.accounts.manage_caps import ManageCaps
from tests.api.checks import problem
from tests.api.door import PERSON, Door
from tests.api.ending import end_open
from tests.api.test_service import conforms

CAPS, ENRICH = "/api/v1/caps", "/api/v1/enrich"
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
CREDITS = {"period": "day", "unit": "credits", "amount": 2}


async def test_a_cap_in_credits_refuses_what_passes_it_and_counts_what_comes_back(
    door: Door, client: httpx.AsyncClient
) -> None:
    body = (await client.put(CAPS, json=CREDITS)).json()
    conforms("Caps", body)
    people = [PERSON | {"lastName": f"Smith{n}"} for n in range(3)]
    runs = [(await client.post(ENRICH, json=person)).json() for person in people[:2]]
    refused = await client.post(ENRICH, json=people[2])
    said = problem(refused, 402, "cap-reached", "creditsRequired", "creditsAvailable")
    assert (said["creditsRequired"], said["creditsAvailable"]) == (1, 0)
    assert "the cap of the account of 2 credits a day is reached until" in said["error"]
    assert (await client.post(ENRICH, json=people[0])).status_code == 202
    batch = await client.post(
        "/api/v1/batches", json=[{"first_name": "Ada", "last_name": "Park", "domain": "acme.example"}]
    )
    problem(batch, 402, "cap-reached", "creditsRequired", "creditsAvailable")
    # Cancelled before any call: its credit comes back, and the next fits again.
    await client.post(f"{ENRICH}/{runs[1]['runId']}/cancel")
    assert (await client.get(CAPS)).json()["caps"][0]["used"] == 1
    assert (await client.post(ENRICH, json=people[2])).status_code == 202
    assert await end_open(door) == 2


async def test_a_cap_is_changed_and_removed_and_that_of_the_operator_stays(
    door: Door, client: httpx.AsyncClient
) -> None:
    ((account_id,),) = door.sql("SELECT id FROM accounts")
    async with door.services() as services:
        own = CapKey(account_id, ALL_PROVIDERS, CapPeriod.DAY, CapUnit.CREDITS, CapSetter.OPERATOR)
        await ManageCaps(services).set(own, Decimal(10))
    await client.put(CAPS, json=CREDITS)
    both = (await client.put(CAPS, json=CREDITS | {"amount": 5})).json()["caps"]
    assert [(cap["setBy"], cap["amount"], cap["used"]) for cap in both] == [("account", 5, 0), ("operator", 10, 0)]
    left = (await client.put(CAPS, json=CREDITS | {"amount": None})).json()["caps"]
    assert [cap["setBy"] for cap in left] == ["operator"]
    usd = await client.put(CAPS, json={"period": "month", "unit": "usd", "provider": "hunter", "amount": 12.5})
    assert usd.json()["caps"][-1]["provider"] == "hunter"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"unit": "usd", "amount": 1}, "period"),
        (CREDITS | {"provider": "hunter"}, "provider"),
        (CREDITS | {"amount": -1}, "amount"),
        (CREDITS | {"unit": "eur"}, "unit"),
    ],
)
async def test_a_wrong_cap_is_named(client: httpx.AsyncClient, body: dict[str, object], field: str) -> None:
    answer = problem(await client.put(CAPS, json=body), 400, "invalid-input", "errors")
    assert [fault["field"] for fault in answer["errors"]] == [field]


async def test_only_a_key_that_manages_keys_sets_caps(door: Door) -> None:
    weak = await door.key(terms=KeyTerms(scopes=(Scope.SUBMIT, Scope.READ)))
    async with door.client(weak) as client:
        problem(await client.put(CAPS, json=CREDITS), 403, "forbidden", "requiredScope")
        assert (await client.get(CAPS)).json() == {"caps": []}


async def test_a_charge_under_way_counts_against_a_cap_that_is_set_meanwhile(
    door: Door, client: httpx.AsyncClient
) -> None:
    ((account_id,),) = door.sql("SELECT id FROM accounts")
    assert door.settings.database_url
    with psycopg.connect(door.settings.database_url) as charging:
        charging.execute("SELECT FROM accounts WHERE id = %s FOR NO KEY UPDATE", [account_id])
        charging.execute(
            "INSERT INTO credit_entries (id, account_id, run_id, kind, amount, created_at)"
            " VALUES (%s, %s, gen_random_uuid(), 'charge', -3, now())",
            [uuid7(int(SystemClock().now().timestamp() * 1000)), account_id],
        )
        setting = asyncio.ensure_future(client.put(CAPS, json=CREDITS | {"amount": 5}))
        while not (setting.done() or door.sql(WAITING)):  # noqa: ASYNC110 - the database knows
            await asyncio.sleep(0)
    assert [cap["used"] for cap in (await setting).json()["caps"]] == [3]
