"""The Python client names a waterfall wherever the API takes one, and reads the plan that came of it."""

from collections.abc import Callable
from typing import Any

import pytest

from leadrun import AsyncLeadrun, Leadrun, errors
from tests.clients.commands import Environ, run
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

ADA: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovell"}
ADDRESS = f"ada.lovell.g0@{DOMAIN}"
# Both are refused where they are named: a request that drops the name is accepted.
ABSENT, WRONG = "nobodys", "No Name!"


@pytest.fixture
def own(stood: Standing, key: str) -> str:
    """A waterfall of the account that asks hunter alone, who does not know Ada."""
    name = "hunter-only"
    rules = {"strategy": "fixed", "providers": ["hunter"]}
    assert stood.send(key, "PUT", f"/waterfalls/{name}", json=rules).status_code in {200, 201}
    return name


def test_a_look_up_follows_the_waterfall_that_it_names(client: Leadrun, own: str) -> None:
    run = client.enrich(**ADA, company_domain=DOMAIN, waterfall=own)
    assert (run.result_status, run.email) == ("not_found", None)
    plan = client.plan(run.run_id)
    assert (plan.waterfall, plan.email) == (own, "fixed")
    assert [step.provider for step in plan.steps if step.outcome == "miss"] == ["hunter"]
    assert client.plan(client.submit(**ADA, company_domain=DOMAIN).wait().run_id).waterfall == "tiers"
    first = client.plan(
        client.submit(full_name="Cid Norton", company_domain=DOMAIN, waterfall="cheapest").wait().run_id
    )
    assert (first.waterfall, first.email) == ("cheapest", "cheapest")
    assert all(step.expected for step in first.steps if step.outcome == "miss")


@pytest.mark.parametrize("name", [ABSENT, WRONG])
def test_a_waterfall_that_is_none_is_refused_by_every_call(client: Leadrun, name: str) -> None:
    contact = {"full_name": "Ada Lovell", "domain": DOMAIN}
    calls: list[Callable[[], object]] = [
        lambda: client.enrich(**ADA, company_domain=DOMAIN, waterfall=name),
        lambda: client.submit(**ADA, company_domain=DOMAIN, waterfall=name),
        lambda: client.find_email(**ADA, domain=DOMAIN, waterfall=name),
        lambda: client.find_phone(**ADA, domain=DOMAIN, waterfall=name),
        lambda: client.batches.upload([contact], waterfall=name),
    ]
    for call in calls:
        with pytest.raises(errors.InvalidRequestError) as wrong:
            call()
        assert [fault.field for fault in wrong.value.errors] == ["waterfall"]
    outcomes = list(client.enrich_many([contact, {**contact, "waterfall": "tiers"}], waterfall=name))
    by_place = {one.index: one for one in outcomes}
    assert isinstance(by_place[0].error, errors.InvalidRequestError)
    assert by_place[1].email == ADDRESS
    assert client.credits().total_spent == 1


def test_lists_follow_it(client: Leadrun, own: str) -> None:
    contact = {"full_name": "Ada Lovell", "domain": DOMAIN}
    [outcome] = client.enrich_many([contact], waterfall=own)
    assert outcome.run
    assert client.plan(outcome.run.run_id).waterfall == own
    done = client.batches.upload([{"full_name": "Bea Marsh", "domain": DOMAIN}], waterfall=own).wait()
    assert done.emails_found == 1
    assert client.usage(by="provider").usage[0].provider == "hunter"


async def test_the_asynchronous_client_names_it_as_well(async_client: AsyncLeadrun, own: str) -> None:
    run = await async_client.enrich(**ADA, company_domain=DOMAIN, waterfall=own)
    assert (await async_client.plan(run.run_id)).waterfall == own
    contact = {"full_name": "Ada Lovell", "domain": DOMAIN}
    outcomes = [one async for one in async_client.enrich_many([contact], waterfall=ABSENT)]
    assert isinstance(outcomes[0].error, errors.InvalidRequestError)
    with pytest.raises(errors.InvalidRequestError):
        await async_client.batches.upload([contact], waterfall=ABSENT)


def test_the_commands_name_it(environ: Environ, own: str) -> None:
    table = f"full_name,domain\nAda Lovell,{DOMAIN}\n"
    done = run(environ, "enrich", "-", "--yes", "--waterfall", own, stdin=table)
    assert done.exit_code == 0, done.output
    assert ADDRESS not in done.stdout
    assert run(environ, "find", "Ada Lovell", DOMAIN, "--waterfall", own).exit_code == 3
    for arguments in (["enrich", "-", "--yes"], ["find", "Ada Lovell", DOMAIN]):
        refused = run(environ, *arguments, "--waterfall", ABSENT, stdin=table)
        assert refused.exit_code == 1
        assert "waterfall" in refused.stderr


def test_a_run_is_held_until_it_ends_and_no_longer(client: Leadrun, stood: Standing) -> None:
    stood.hold()
    try:
        run_id = client.submit(**ADA, company_domain=DOMAIN).run_id
        assert not client.get_run(run_id, wait=1).ended
    finally:
        stood.release()
    assert client.get_run(run_id, wait=30).email == ADDRESS


def test_the_first_rows_of_a_batch_are_read_whole(client: Leadrun) -> None:
    rows = [{"full_name": "Ada Lovell", "domain": DOMAIN, "note": f"{n} \u2028 {'x' * 500}"} for n in range(20)]
    batch = client.batches.upload(rows).wait()
    everything = client.batches.results(batch.id)
    assert [row["note"] for row in everything] == [row["note"] for row in rows]
    first = client.batches.results(batch.id, most_bytes=3000)
    assert 0 < len(first) < 6
    assert first == everything[: len(first)]
