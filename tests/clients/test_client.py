"""The Python client against a real service: every operation, blocking and asynchronous."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from leadrun import AsyncLeadrun, Leadrun, errors
from leadrun.models import Attempt
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing
from tests.play.faults import Fault, FaultyProxy

ADA: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovell"}
DOT: dict[str, Any] = {"first_name": "Dot", "last_name": "Olsen"}
EVE: dict[str, Any] = {"first_name": "Eve", "last_name": "Parks"}
ADDRESS = f"ada.lovell.g0@{DOMAIN}"


def test_enrich_returns_the_finished_run(client: Leadrun) -> None:
    run = client.enrich(**ADA, company_domain=DOMAIN, metadata={"crmId": "42"})
    assert (run.status, run.found, run.email, run.cached, run.credits_used) == ("completed", True, ADDRESS, False, 1)
    assert run.result
    assert run.result.validation
    assert run.result.validation.status == "valid"
    assert run.metadata == {"crmId": "42"}
    assert run.created_at
    again = client.enrich(full_name="Ada Lovell", company_domain=f"https://www.{DOMAIN}/about")
    assert (again.email, again.run_id != run.run_id) == (ADDRESS, True)
    assert [one.run_id for one in client.runs()] == [again.run_id, run.run_id]


def test_the_steps_can_be_taken_one_by_one(client: Leadrun, stood: Standing) -> None:
    stood.hold()
    try:
        run = client.submit(**ADA, company_domain=DOMAIN)
        assert not run.ended
        with pytest.raises(errors.DeadlineError) as late:
            run.wait(timeout=0.2)
        assert late.value.run_id == run.run_id
    finally:
        stood.release()
    done = run.wait()
    assert (done.run_id, done.email) == (run.run_id, ADDRESS)
    assert done.wait() is done
    [first, *_] = done.attempts()
    assert (first.provider, first.outcome, first.field) == ("datagma", "hit", "email")
    events = list(run.events())
    assert isinstance(events[0], Attempt | type(run))
    assert events[-1] == done
    with pytest.raises(errors.AlreadyEndedError):
        run.cancel()


def test_what_became_of_a_value_is_reported(client: Leadrun) -> None:
    run = client.enrich(**ADA, company_domain=DOMAIN)
    said = client.feedback(run.run_id, "delivered")
    assert (said.run_id, said.fields, said.repeated, said.credits_refunded) == (run.run_id, ("email",), False, 0)
    assert client.feedback(run.run_id, "delivered", field="email").repeated
    with pytest.raises(errors.ConflictError):
        client.feedback(run.run_id, "disconnected")


def test_a_run_can_be_cancelled(client: Leadrun, stood: Standing) -> None:
    stood.pause()
    try:
        run = client.submit(**ADA, company_domain=DOMAIN, force_refresh=True)
        assert run.cancel().status == "cancelled"
    finally:
        stood.work()
    assert client.credits().total_spent == 0


def test_a_deadline_ends_the_waiting_and_not_the_run(client: Leadrun, stood: Standing) -> None:
    stood.hold()
    try:
        with pytest.raises(errors.DeadlineError) as late:
            client.enrich(**ADA, company_domain=DOMAIN, timeout=0.5)
    finally:
        stood.release()
    assert late.value.run_id
    assert client.wait(late.value.run_id).email == ADDRESS


def test_look_ups_of_the_other_dialect(client: Leadrun) -> None:
    email = client.find_email(**ADA, domain=DOMAIN)
    assert (email.email, email.provider, email.verified, email.cost_credits) == (ADDRESS, "datagma", True, 1)
    missing = client.find_email(**DOT, domain=DOMAIN)
    assert (missing.email, missing.error) == (None, None)
    failed = client.find_email(**EVE, domain=DOMAIN)
    assert failed.email is None
    assert failed.error
    phone = client.find_phone(**ADA, domain=DOMAIN)
    assert (phone.phone, phone.validated) == ("+14155551000", True)


def test_the_account(client: Leadrun) -> None:
    client.enrich(**ADA, company_domain=DOMAIN)
    balance = client.credits()
    assert (balance.balance, balance.total_earned, balance.total_spent) == (999, 1000, 1)
    assert {"datagma", "hunter"} <= {one.name for one in client.providers() if one.enabled}
    [row] = client.usage(by="key").usage
    assert (row.runs, row.found, row.credits_used) == (1, 1, 1)
    assert client.endpoints() == []
    assert list(client.deliveries()) == []


def test_collections_are_read_page_by_page(client: Leadrun) -> None:
    for number in range(5):
        client.submit(**ADA, company_name=f"Company {number}")
    assert len(list(client.runs(page_size=2))) == 5
    assert list(client.runs(page_size=2, status="cancelled")) == []
    with pytest.raises(errors.InvalidRequestError) as wrong:
        list(client.runs(status="done"))
    assert [fault.field for fault in wrong.value.errors] == ["status"]
    with pytest.raises(errors.ConfigurationError):
        client.runs(state="completed")


@pytest.mark.parametrize(
    ("contact", "kind"),
    [
        pytest.param({}, errors.InvalidContactError, id="nobody"),
        pytest.param({"first_name": " "}, errors.InvalidContactError, id="a blank"),
        pytest.param({"first_name": "Ada", "enrichment_type": "fax"}, errors.InvalidRequestError, id="a wrong type"),
        pytest.param({"first_name": "Ada", "providers": ["nobody"]}, errors.InvalidRequestError, id="no provider"),
        pytest.param({"first_name": "Ada", "max_cost_usd": -1}, errors.InvalidRequestError, id="a wrong cost"),
        pytest.param({"first_name": "Ada", "metadata": {"a": "b" * 5000}}, errors.InvalidRequestError, id="metadata"),
        pytest.param({"first_name": "Ada", "metadata": {"a": {1, 2}}}, errors.InvalidContactError, id="a set"),
        pytest.param({"first_name": "Ada", "webhook_url": "ftp://a.example"}, errors.InvalidRequestError, id="a hook"),
        pytest.param({"first_name": "x" * 100_000}, errors.InvalidRequestError, id="a long name"),
        pytest.param({"first_name": "Ada", "idempotency_key": "x" * 256}, errors.InvalidRequestError, id="a long key"),
    ],
)
def test_a_wrong_contact_is_refused_and_costs_nothing(
    client: Leadrun, contact: dict[str, Any], kind: type[errors.LeadrunError]
) -> None:
    with pytest.raises(kind):
        client.enrich(**contact)
    assert client.credits().total_spent == 0


def test_wrong_keys_ids_and_addresses(stood: Standing, client: Leadrun, key: str) -> None:
    with pytest.raises(errors.AuthenticationError) as wrong:
        Leadrun(key[:-1] + ("a" if key[-1] != "a" else "b"), stood.url).credits()
    assert wrong.value.request_id
    with pytest.raises(errors.NotFoundError):
        client.get_run("019a0000-0000-7000-8000-000000000000")
    with pytest.raises(errors.NotFoundError):
        client.batches.get("nothing")
    with pytest.raises(errors.NoAnswerError) as nobody:
        Leadrun(key, "http://127.0.0.1:9", max_retries=0).credits()
    assert not nobody.value.sent
    with pytest.raises(errors.ApiError):
        Leadrun(key, f"{stood.url}/docs").credits()


def test_too_few_credits_are_named(stood: Standing) -> None:
    poor = stood.new_key(account="poor", amount=0)
    with pytest.raises(errors.NotEnoughCreditsError) as refused:
        Leadrun(poor.api_key, stood.url).enrich(**ADA, company_domain=DOMAIN)
    assert (refused.value.required, refused.value.available) == (1, 0)


@pytest.mark.parametrize("fault", list(Fault))
def test_a_submission_that_meets_a_fault_is_made_once(proxy: FaultyProxy, key: str, fault: Fault) -> None:
    left = [fault]
    proxy.decide = lambda request: left.pop() if request.method == "POST" and left else None
    client = Leadrun(key, proxy.url)
    run = client.enrich(**ADA, company_domain=DOMAIN)
    assert run.email == ADDRESS
    assert proxy.faults == [fault]
    assert [one.run_id for one in client.runs()] == [run.run_id]
    assert client.credits().total_spent == 1


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.UNAVAILABLE, Fault.TOO_MANY])
def test_waiting_survives_faults(proxy: FaultyProxy, key: str, fault: Fault) -> None:
    left = [fault]
    proxy.decide = lambda request: left.pop() if request.method == "GET" and left else None
    assert Leadrun(key, proxy.url).submit(**ADA, company_domain=DOMAIN).wait().email == ADDRESS


async def test_the_asynchronous_client_does_the_same(async_client: AsyncLeadrun, tmp_path: Path) -> None:
    one, other = await asyncio.gather(
        async_client.enrich(**ADA, company_domain=DOMAIN), async_client.find_email(**DOT, domain=DOMAIN)
    )
    assert (one.email, other.email) == (ADDRESS, None)
    run = await async_client.submit(full_name="Ada Lovell", company_name="Acme", company_domain=DOMAIN)
    done = await run.wait()
    assert (await done.attempts()) is not None
    assert [event async for event in run.events()][-1] == done
    assert {found.run_id async for found in async_client.runs(page_size=1)} >= {one.run_id, run.run_id}
    with pytest.raises(errors.AlreadyEndedError):
        await run.cancel()
    batch = await async_client.batches.upload([{"full_name": "Ada Lovell", "domain": DOMAIN}])
    ended = await batch.wait()
    assert (await ended.results())[0]["email"] == ADDRESS
    assert ADDRESS in (await ended.download(tmp_path / "out.csv")).read_text()
    assert (await async_client.credits()).total_spent == 3


async def test_a_task_that_is_cancelled_stops_waiting(async_client: AsyncLeadrun, stood: Standing) -> None:
    stood.hold()
    try:
        waiting = asyncio.ensure_future(async_client.enrich(**ADA, company_domain=DOMAIN))
        while not [run async for run in async_client.runs()]:  # noqa: ASYNC110 - until it is submitted
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    finally:
        stood.release()
    [run] = [run async for run in async_client.runs()]
    assert (await run.wait()).email == ADDRESS


@pytest.mark.parametrize(
    ("key_", "url"),
    [
        pytest.param("", None, id="no key"),
        pytest.param("  ", None, id="a blank key"),
        pytest.param("lm live", None, id="a blank within"),
        pytest.param("lm_live_é", None, id="not ASCII"),
        pytest.param("k", "acme.example", id="no scheme"),
        pytest.param("k", "ftp://acme.example", id="another scheme"),
        pytest.param("k", "http://", id="no host"),
    ],
)
def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch, key_: str, url: str | None) -> None:
    for name in ("LEADRUN_API_KEY", "LEADRUN_KEY", "LEADRUN_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(errors.ConfigurationError):
        Leadrun(key_, url)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, stood: Standing, key: str) -> None:
    monkeypatch.setenv("LEADRUN_API_KEY", f" {key}\n")
    monkeypatch.setenv("LEADRUN_URL", f"{stood.url}/api/v1/")
    assert Leadrun().credits().balance == 1000
