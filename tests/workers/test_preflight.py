"""A company whose domain takes no mail costs no provider of e-mail addresses; a failure of DNS never says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from app.dialects.leadmodule.response import run_body
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, Field, ResultStatus
from app.store.waterfall import cascades, provider_statistics
from app.usecases.accounts.balance import read_balance
from tests.play.name_server import NameServer, name_server
from tests.usecases.ledgers import violations
from tests.workers.conftest import JANE, House, OpenHouse, ids
from tests.workers.vendors import Vendor, hunter_found, vendor

SOA = {"SOA": ["ns.example. admin.example. 1 2 3 4 5"]}
TAKES: dict[str, list[str]] = {"MX": ["20 mx2.acme.example.", "10 mx1.acme.example."]}


@asynccontextmanager
async def checked(open_house: OpenHouse, acme: dict[str, list[str]] | None, **more: Any) -> AsyncIterator["Checked"]:
    """A house with Hunter, whose name server knows this much of acme.example."""
    zones = {"example": SOA} | ({} if acme is None else {"acme.example": acme})
    async with name_server(zones) as names, vendor(answer=hunter_found()) as (hunter, settings):
        given = {"preflight": True, "dns_servers": (names.address,)} | more
        yield Checked(house=await open_house({"hunter": settings}, **given), hunter=hunter, names=names)


class Checked(msgspec.Struct, kw_only=True):
    """A house with Hunter and a name server."""

    house: House
    hunter: Vendor
    names: NameServer

    async def run(self, **more: Any) -> RunView:
        run = await self.house.accept(**more)
        await (await self.house.runner()).accept(ids(run))
        return await self.house.ended(run)

    async def preflight(self, run: RunView) -> list[tuple[str | None, str]]:
        lines = await self.house.watch.attempts(run.owner, run.id)
        return [
            (line.outcome.value if line.outcome else None, line.reason or "")
            for line in lines
            if line.provider == "preflight"
        ]


@pytest.mark.parametrize(
    ("records", "why"),
    [
        (None, "acme.example does not exist"),
        ({}, "acme.example has neither a mail server nor an address"),
        ({"MX": ["0 ."], "A": ["192.0.2.1"]}, "acme.example says that it takes no mail (null MX)"),
    ],
    ids=["no such domain", "neither MX nor address", "null MX"],
)
async def test_a_domain_without_mail_costs_the_price_of_a_miss_and_asks_nobody(
    open_house: OpenHouse, records: dict[str, list[str]] | None, why: str
) -> None:
    async with checked(open_house, records) as stood:
        run = await stood.run()
        assert (run.result_status, run.credits_used, stood.hunter.asked) == (ResultStatus.NOT_FOUND, 1, [])
        assert run_body(run).reason == "domain_takes_no_mail"
        assert await stood.preflight(run) == [("rejected", f"domain_takes_no_mail: {why}")]
        reasons = {line.provider: line.reason for line in await stood.house.watch.attempts(run.owner, run.id)}
        assert reasons["hunter"] == "domain_takes_no_mail; see preflight"
        # What DNS said is known for a day to every process, and a duplicate costs nothing.
        before = list(stood.names.asked)
        again = await stood.run()
        assert (again.result_status, again.credits_used, stood.names.asked) == (ResultStatus.NOT_FOUND, 0, before)
        assert (await read_balance(stood.house.services, run.owner)).total_spent == 1
        assert await violations(stood.house.services) == []


@pytest.mark.parametrize(
    "records", [TAKES, {"A": ["192.0.2.1"]}, {"AAAA": ["2001:db8::1"]}], ids=["MX", "address alone", "IPv6 alone"]
)
async def test_a_domain_that_takes_mail_is_asked_for(open_house: OpenHouse, records: dict[str, list[str]]) -> None:
    async with checked(open_house, records) as stood:
        run = await stood.run()
        assert (run.result_status, len(stood.hunter.asked)) == (ResultStatus.FOUND, 1)
        assert run_body(run).reason is msgspec.UNSET
        assert await stood.preflight(run) == []
        async with stood.house.services.read() as connection:
            counted = await provider_statistics.read(connection, run.mode)
        assert {cell.segment for cell in counted} == {"", "world names domain other"}


@pytest.mark.parametrize("cut_off", [False, True], ids=["an error", "no name is known at all"])
async def test_a_failure_of_dns_is_no_no(open_house: OpenHouse, *, cut_off: bool) -> None:
    async with checked(open_house, {}) as stood:
        if cut_off:
            stood.names.zones = {}
        else:
            stood.names.fails = True
        run = await stood.run()
        assert (run.result_status, len(stood.hunter.asked)) == (ResultStatus.FOUND, 1)
        [(outcome, reason)] = await stood.preflight(run)
        assert (outcome, reason.startswith("DNS did not say")) == ("error", True)


async def test_the_mail_of_a_group_may_be_at_the_domain_above(open_house: OpenHouse) -> None:
    async with checked(open_house, TAKES) as stood:
        run = await stood.run(contact=msgspec.structs.replace(JANE, company_domain="jobs.acme.example"))
        assert run.result_status is ResultStatus.FOUND
        assert stood.names.asked == ["jobs.acme.example MX", "example SOA", "acme.example MX"]


async def test_a_number_is_looked_for_nevertheless(open_house: OpenHouse) -> None:
    async with checked(open_house, {}) as stood:
        run = await stood.run(type=EnrichmentType.ALL)
        assert run.result_status is ResultStatus.NOT_FOUND
        lines = await stood.house.watch.attempts(run.owner, run.id)
        phones = {line.reason for line in lines if line.field == "phone"}
        assert phones
        assert not any("domain_takes_no_mail" in (reason or "") for reason in phones)


@pytest.mark.parametrize(
    "more",
    [{"preflight": False}, {"accept_other_domains": True}, {"dns_servers": ()}],
    ids=["switched off", "an address elsewhere is accepted", "a reserved name, which no public server knows"],
)
async def test_nothing_is_checked(open_house: OpenHouse, more: dict[str, Any]) -> None:
    async with checked(open_house, {}, **more) as stood:
        assert (await stood.run()).result_status is ResultStatus.FOUND
        assert stood.names.asked == []


async def test_a_test_key_asks_no_name_server(open_house: OpenHouse) -> None:
    async with checked(open_house, {}) as stood:
        run = await stood.run(principal=stood.house.tester)
        assert (run.result_status, stood.names.asked) == (ResultStatus.ERROR, [])


async def begun_elsewhere(stood: Checked, field: Field, ticket: str | None, **more: Any) -> RunView:
    """A run whose worker was lost after it began a call of a provider that is no longer set up."""
    run = await stood.house.accept(**more)
    begun = """
        INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, ticket, started_at)
        VALUES (:id, 'dropcontact', :field, 0, 'T3', 'domain', 1, CAST(:ticket AS jsonb), now())
    """
    async with stood.house.services.engine.begin() as connection:
        await cascades.lease(connection, ids(run), owner="lost", lease_seconds=-1)
        await connection.execute(text(begun), {"id": run.cascade_id, "field": field.value, "ticket": ticket})
    await (await stood.house.runner()).accept(ids(run))
    return await stood.house.ended(run)


@pytest.mark.parametrize("ticket", [None, '{"id": "r1"}'], ids=["it was cut off", "it is under way"])
async def test_a_cascade_that_is_taken_up_again_keeps_its_segment(open_house: OpenHouse, ticket: str | None) -> None:
    async with checked(open_house, TAKES) as stood:
        run = await begun_elsewhere(stood, Field.EMAIL, ticket)
        assert (run.result_status, await stood.preflight(run)) == (ResultStatus.FOUND, [])
        async with stood.house.services.read() as connection:
            counted = await provider_statistics.read(connection, run.mode)
        assert {cell.segment for cell in counted} == {"", "world names domain other"}


@pytest.mark.parametrize("fails", [False, True], ids=["no mail", "a failure of DNS"])
async def test_a_cascade_that_has_begun_is_not_checked_again(open_house: OpenHouse, *, fails: bool) -> None:
    async with checked(open_house, {}) as stood:
        stood.names.fails = fails
        run = await begun_elsewhere(stood, Field.EMAIL, None)
        assert (run.result_status, await stood.preflight(run)) == (ResultStatus.FOUND, [])


async def test_a_number_under_way_does_not_hide_that_the_domain_takes_no_mail(open_house: OpenHouse) -> None:
    async with checked(open_house, {}) as stood:
        run = await begun_elsewhere(stood, Field.PHONE, '{"id": "r1"}', type=EnrichmentType.ALL)
        assert stood.hunter.asked == []
        assert len(await stood.preflight(run)) == 1
