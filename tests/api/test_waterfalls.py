"""Waterfalls over HTTP: made, shown, named by requests, and the plan of a run that followed one."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from app.domain.accounts.key_terms import KeyTerms, Scope
from app.domain.vocabulary import Mode
from app.settings.settings import Settings, SettingsError
from app.usecases.accounts.waterfalls import installed_waterfalls
from tests.api.checks import problem
from tests.api.door import PERSON, Door
from tests.api.test_service import conforms

WATERFALLS, ENRICH = "/api/v1/waterfalls", "/api/v1/enrich"
CHEAP: dict[str, Any] = {
    "strategy": "cheapest",
    "accept": "valid_or_risky",
    "maxCostUsd": 0.05,
    "phone": {"strategy": "fixed", "providers": ["leadmagic"]},
}


async def _cascade(door: Door) -> tuple[Any, ...]:
    ((*found,),) = door.sql(
        "SELECT waterfall, only_providers, max_cost_usd::float FROM cascades ORDER BY created_at DESC, id DESC LIMIT 1"
    )
    return tuple(found)


async def test_a_waterfall_is_made_shown_and_removed(door: Door, client: httpx.AsyncClient) -> None:
    made = await client.put(f"{WATERFALLS}/cheap", json=CHEAP)
    assert (made.status_code, made.headers["location"]) == (201, f"{WATERFALLS}/cheap")
    conforms("Waterfall", made.json())
    assert made.json() == {"name": "cheap", "origin": "account", **CHEAP}
    misspelt = await client.put(f"{WATERFALLS}/cheap", json=CHEAP | {"worthUSD": 1, "email": {"acept": "valid"}})
    assert misspelt.status_code == 200
    assert misspelt.json()["warnings"] == [
        "unknown member 'worthUSD' was ignored; did you mean 'worthUsd'?",
        "email: unknown member 'acept' was ignored",
    ]
    assert (await client.put(f"{WATERFALLS}/cheap", json=CHEAP)).status_code == 200
    listed = (await client.get(WATERFALLS)).json()
    conforms("Waterfalls", listed)
    assert [one["name"] for one in listed["waterfalls"]] == ["cheap", "tiers", "cheapest", "fastest"]
    # Of this account and mode alone.
    for key in (await door.key("other"), await door.key(mode=Mode.TEST)):
        async with door.client(key) as elsewhere:
            problem(await elsewhere.get(f"{WATERFALLS}/cheap"), 404, "not-found")
    assert (await client.delete(f"{WATERFALLS}/cheap")).status_code == 204
    problem(await client.delete(f"{WATERFALLS}/cheap"), 404, "not-found")


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("mine", {"strategy": "dearest"}, "strategy"),
        ("mine", {"strategy": "fixed"}, "providers"),
        ("mine", {"riskyWorthUsd": 0.1}, "worthUsd"),
        ("mine", {"email": {"providers": ["nobody"]}}, "email.providers[0]"),
        ("cheapest", {}, ""),
    ],
)
async def test_what_contradicts_itself_is_refused(
    client: httpx.AsyncClient, name: str, body: dict[str, Any], field: str
) -> None:
    refused = problem(await client.put(f"{WATERFALLS}/{name}", json=body), 400, "invalid-input", "errors")
    assert [error["field"] for error in refused["errors"]] == [field]


async def test_a_request_names_its_waterfall_and_what_it_says_itself_wins(
    door: Door, client: httpx.AsyncClient
) -> None:
    await client.put(f"{WATERFALLS}/cheap", json=CHEAP)
    run = (await client.post(ENRICH, json=PERSON | {"waterfall": "cheap"})).json()
    waterfall, only, cap = await _cascade(door)
    assert (waterfall["name"], waterfall["strategy"], only, cap) == ("cheap", "cheapest", None, 0.05)
    plan = (await client.get(f"/api/v1/runs/{run['runId']}/plan")).json()
    conforms("RunPlan", plan)
    assert (plan["waterfall"], plan["email"], plan["phone"], plan["steps"]) == ("cheap", "cheapest", "fixed", [])
    stated = {"waterfall": "cheap", "providers": ["hunter"], "maxCostUsd": 0.5, "lastName": "Other"}
    await client.post(ENRICH, json=PERSON | stated)
    waterfall, only, cap = await _cascade(door)
    assert (waterfall["strategy"], only, cap) == ("fixed", ["hunter"], 0.5)
    refused = problem(await client.post(ENRICH, json=PERSON | {"waterfall": "nobody"}), 400, "invalid-input", "errors")
    assert refused["errors"] == [
        {
            "field": "waterfall",
            "message": "there is no waterfall 'nobody'; known are cheap, cheapest, fastest, tiers",
        }
    ]


async def test_jobs_and_batches_name_it_as_well(door: Door, client: httpx.AsyncClient) -> None:
    contact = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
    job = await client.post(ENRICH, json={"contacts": [contact], "waterfall": "fastest"})
    assert (job.status_code, (await _cascade(door))[0]["strategy"]) == (201, "fastest")
    sent = await client.post("/api/v1/batches?waterfall=cheapest", json=[contact | {"last_name": "Other"}])
    ((options,),) = door.sql("SELECT options FROM jobs WHERE id = %s", sent.json()["id"])
    assert (sent.status_code, options["waterfall"]["strategy"]) == (201, "cheapest")


async def test_requests_that_name_none_follow_the_accounts_default(door: Door, client: httpx.AsyncClient) -> None:
    await client.post(ENRICH, json=PERSON)
    assert (await _cascade(door))[0] is None
    await client.put(f"{WATERFALLS}/default", json={"strategy": "fastest"})
    # Another process may need a second to know; this key is new to this one.
    async with door.client(await door.key()) as fresh:
        await fresh.post(ENRICH, json=PERSON | {"lastName": "Other"})
        assert (await _cascade(door))[0]["strategy"] == "fastest"
        await fresh.post(ENRICH, json=PERSON | {"lastName": "Third", "waterfall": "tiers"})
        assert (await _cascade(door))[0] is None


async def test_a_key_that_may_only_read_changes_none(door: Door) -> None:
    key = await door.key(terms=KeyTerms(scopes=(Scope.READ,)))
    async with door.client(key) as client:
        assert (await client.get(WATERFALLS)).status_code == 200
        problem(await client.put(f"{WATERFALLS}/mine", json={}), 403, "forbidden", "requiredScope")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"mine": {"strategy": "cheapest"}}', None),
        ('{"mine": {"strategy": "dearest"}}', "LEADRUN_WATERFALLS_FILE: mine: "),
        ('{"mine": {"stratgy": "cheapest"}}', "LEADRUN_WATERFALLS_FILE: mine: stratgy is no member"),
        ("no JSON", "LEADRUN_WATERFALLS_FILE: "),
        ("{}", "LEADRUN_WATERFALL: there is no waterfall 'mine'; known are cheapest, fastest, tiers"),
    ],
)
def test_the_waterfalls_of_an_installation_are_read_from_its_file(
    settings: Settings, tmp_path: Path, text: str, says: str | None
) -> None:
    file = tmp_path / "waterfalls.json"
    file.write_text(text)
    named = msgspec.structs.replace(settings, waterfalls_file=str(file), waterfall="mine")
    if says is None:
        assert list(installed_waterfalls(named)) == ["mine"]
    else:
        with pytest.raises(SettingsError) as refused:
            installed_waterfalls(named)
        assert refused.value.problems[0].startswith(says)
