"""The league table: providers compared by contacts of whom each was asked first, with what clients reported."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.order.segment import segment_of
from tests.api.checks import problem
from tests.api.door import PERSON, Door
from tests.api.ending import end_open
from tests.api.test_service import conforms

STATISTICS, ENRICH = "/api/v1/statistics/providers", "/api/v1/enrich"


class Table:
    """An account whose runs have the attempts that a test gives them."""

    def __init__(self, door: Door, client: httpx.AsyncClient) -> None:
        self.door, self.client = door, client
        self.number = 0

    async def run(self, *calls: tuple[str, str], cost: float = 0.01) -> str:
        """Submit a contact; each call is a provider and its outcome, and those before it have missed."""
        self.number += 1
        person = PERSON | {"lastName": f"Smith{self.number}"}
        run_id = str((await self.client.post(ENRICH, json=person)).json()["runId"])
        for position, (provider, outcome) in enumerate(calls):
            self.door.sql(
                "INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, outcome,"
                " answer, missed_before, latency_ms, cost_usd, started_at, ended_at) SELECT cascade_id, %s, 'email',"
                " %s, 'T1', 'find', 0, %s, %s::jsonb, to_jsonb(%s::text[]), %s, %s, now(), now()"
                " FROM runs WHERE id = %s",
                provider,
                position,
                "hit" if outcome == "risky" else outcome,
                f'{{"status": "{"risky" if outcome == "risky" else "valid"}"}}',
                [name for name, _ in calls[:position]],
                100 * (position + 1),
                cost,
                UUID(run_id),
            )
        return run_id

    async def read(self, **query: str) -> dict[str, dict[str, Any]]:
        answer = await self.client.get(STATISTICS, params=query)
        assert answer.status_code == 200, answer.text
        conforms("ProviderStatistics", answer.json())
        return {row["provider"]: row for row in answer.json()["providers"]}


@pytest.fixture
def table(door: Door, client: httpx.AsyncClient) -> Table:
    return Table(door, client)


async def test_a_provider_is_measured_where_it_was_asked_first(table: Table) -> None:
    for _ in range(3):
        await table.run(("hunter", "hit"))
    await table.run(("hunter", "miss"), ("prospeo", "hit"))
    for _ in range(2):
        await table.run(("hunter", "miss"), ("prospeo", "miss"))
    await table.run(("prospeo", "hit"))
    await table.run(("prospeo", "risky"), ("hunter", "timeout"))
    found = await table.read()
    hunter, prospeo = found["hunter"], found["prospeo"]
    assert (hunter["asked"], hunter["found"], hunter["missed"], hunter["errors"]) == (7, 3, 3, 1)
    assert (hunter["matchRate"]["estimate"], hunter["matchRate"]["tries"], hunter["rescueRate"]) == (0.5, 6, None)
    assert hunter["matchRate"]["low"] < 0.5 < hunter["matchRate"]["high"]
    # Raw it would be 2 of 5; a risky value is found, and not accepted.
    assert (prospeo["found"], prospeo["accepted"]) == (3, 2)
    assert (prospeo["matchRate"]["estimate"], prospeo["matchRate"]["tries"]) == (0.5, 2)
    assert (prospeo["rescueRate"]["estimate"], prospeo["rescueRate"]["tries"]) == (0.3333, 3)
    assert (prospeo["costUsd"], prospeo["costPerAcceptedUsd"]) == (0.05, 0.025)
    assert (prospeo["latencyP50Ms"], prospeo["latencyP95Ms"]) == (200, 200)
    assert await table.read(field="phone") == {}


async def test_reports_count_once_a_value_and_other_accounts_do_not(table: Table) -> None:
    run_id = await table.run(("hunter", "hit"))
    assert await end_open(table.door) == 1
    for _ in range(2):
        await table.client.post(f"/api/v1/runs/{run_id}/feedback", json={"outcome": "bounced"})
    hunter = (await table.read())["hunter"]
    assert (hunter["reportedWrong"], hunter["reportedRight"], hunter["bounceRate"]["estimate"]) == (1, 0, 1)
    async with table.door.client(await table.door.key("other")) as other:
        assert (await other.get(STATISTICS)).json()["providers"] == []


@pytest.mark.parametrize(
    ("query", "field"), [({"field": "fax"}, "field"), ({"since": "2001-01-01T00:00:00Z"}, "since")]
)
async def test_a_wrong_question_is_named(client: httpx.AsyncClient, query: dict[str, str], field: str) -> None:
    answer = problem(await client.get(STATISTICS, params=query), 400, "invalid-input", "errors")
    assert [fault["field"] for fault in answer["errors"]] == [field]


async def test_what_a_provider_finds_is_told_apart_by_who_had_missed_before(table: Table) -> None:
    await table.run(("datagma", "miss"), ("prospeo", "miss"), ("hunter", "hit"))
    await table.run(("datagma", "miss"), ("hunter", "miss"))
    rescues = {one["missedBy"]: one["rate"] for one in (await table.read())["hunter"]["rescues"]}
    assert {name: (rate["estimate"], rate["tries"]) for name, rate in rescues.items()} == {
        "datagma": (0.5, 2),
        "prospeo": (1.0, 1),
    }
    assert (await table.read())["datagma"]["rescues"] == []


@pytest.mark.parametrize(
    "contact",
    [
        {"companyDomain": "acme.example"},
        {"companyDomain": "acme.de", "linkedInUrl": "https://de.linkedin.com/in/jane-smith"},
        {"companyName": "Acme", "linkedInUrl": "https://uk.linkedin.com/in/jane-smith"},
        {"companyName": "Acme"},
        {"linkedInUrl": "https://www.linkedin.com/in/jane-smith"},
    ],
)
async def test_the_segment_of_the_table_is_that_of_the_order(table: Table, contact: dict[str, str]) -> None:
    person = {"firstName": "Jane", "lastName": "Smith"} | contact
    answer = await table.client.post(ENRICH, json=person)
    assert answer.status_code == 202, answer.text
    ((stored,),) = table.door.sql("SELECT contact FROM cascades")
    table.door.sql(
        "INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, outcome, answer,"
        " started_at, ended_at) SELECT id, 'hunter', 'email', 0, 'T1', 'find', 0, 'miss', '{}'::jsonb, now(), now()"
        " FROM cascades"
    )
    segment = segment_of(msgspec.convert(stored, Contact))
    assert list(await table.read(segment=segment)) == ["hunter"]
    assert await table.read(segment="fr names domain") == {}
