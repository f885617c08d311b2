"""POST /simulations: recorded look-ups under another waterfall, of the account and mode of the key alone."""

import httpx
import pytest

from app.domain.vocabulary import Mode
from tests.api.checks import problem
from tests.api.door import Door
from tests.api.ending import end_open
from tests.api.test_provider_statistics import Table
from tests.api.test_service import conforms

SIMULATIONS = "/api/v1/simulations"


@pytest.fixture
def table(door: Door, client: httpx.AsyncClient) -> Table:
    return Table(door, client)


async def test_recorded_look_ups_are_simulated_and_others_are_not(
    table: Table, door: Door, client: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await table.run(("datagma", "miss"), ("hunter", "hit"))
    _write_answers(door)
    await end_open(door)
    run_id = await table.run(("hunter", "hit"))
    _write_answers(door)
    answer = await client.post(SIMULATIONS, json={"waterfall": "cheapest"})
    assert answer.status_code == 200, answer.text
    conforms("Simulation", answer.json())
    body = answer.json()
    # The last one is under way; what no provider is configured for here asks nobody.
    assert (body["waterfall"], body["lookups"], body["simulated"]) == ("cheapest", 3, 3)
    assert (body["costUsd"]["actual"], body["found"]["actual"]) == (0.06, 3)
    assert body["replayed"] + body["modelled"] == 3
    assert (await client.post(SIMULATIONS, json={"waterfall": "cheapest"})).json() == body
    await end_open(door)
    one = await client.post(SIMULATIONS, json={"definition": {"strategy": "cheapest"}, "runIds": [run_id]})
    assert (one.json()["waterfall"], one.json()["simulated"]) == ("definition", 1)
    async with door.client(await door.key(mode=Mode.TEST)) as tester:
        for asked in ({"waterfall": "tiers"}, {"waterfall": "tiers", "runIds": [run_id]}):
            assert (await tester.post(SIMULATIONS, json=asked)).json()["lookups"] == 0


def _write_answers(door: Door) -> None:
    """Write the answers of the table's attempts as they are stored."""
    door.sql(
        """UPDATE attempts SET answer = CASE outcome WHEN 'miss' THEN '{"type": "miss"}'::jsonb ELSE
        '{"type": "found", "field": "email", "value": "jane@acme.example", "status": "valid", "confidence": 95,
        "score": 100}'::jsonb END"""
    )


@pytest.mark.parametrize(
    ("body", "member", "code"),
    [
        ({}, "waterfall", "invalid-input"),
        ({"waterfall": "tiers", "definition": {}}, "waterfall", "invalid-input"),
        ({"waterfall": "tiers", "days": 0}, "days", "invalid-input"),
        ({"waterfall": "tiers", "runIds": []}, "runIds", "invalid-input"),
        ({"definition": {"strategy": "fixed"}}, "definition.providers", "invalid-input"),
    ],
)
async def test_what_is_wrong_with_a_simulation_is_named(
    client: httpx.AsyncClient, body: dict[str, object], member: str, code: str
) -> None:
    [fault] = problem(await client.post(SIMULATIONS, json=body), 400, code, "errors")["errors"]
    assert fault["field"] == member


async def test_a_waterfall_that_does_not_exist_is_not_simulated(client: httpx.AsyncClient) -> None:
    assert (await client.post(SIMULATIONS, json={"waterfall": "nobodys"})).status_code == 404
