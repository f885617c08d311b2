"""The providers as people of an account and operators see them."""

import re
from uuid import UUID

import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.accounts.owner import Owner
from app.domain.order.waterfall import Strategy, Waterfall
from app.domain.people.role import Role
from app.domain.planning.quote import QuotedInterval
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Failed, Miss, Trouble
from app.domain.waterfall.attempt import SWITCHED_OFF
from app.domain.waterfall.provider_limits import GateKey
from app.redis.provider_gate import ProviderGate
from app.usecases.accounts.waterfalls import Waterfalls
from app.usecases.providers.switches import ProviderSwitches
from app.web.providers.what_if import compare
from tests.api.ending import end_run, record
from tests.api.test_keys import until, with_key
from tests.play.account_call import AccountCall
from tests.play.worker import HIT
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Stack
from tests.web.submitting import submit


async def test_the_table_has_every_provider_with_the_figures_of_the_account_alone(stack: Stack) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    await record(stack.door, run, ("hunter", Miss()))
    charged = "UPDATE attempts SET cost_usd = 0.5 WHERE cascade_id = (SELECT cascade_id FROM runs WHERE id = %s)"
    stack.door.sql(charged, UUID(run))
    await end_run(stack.door, run)
    async with stack.client(person) as client:
        page = (await client.get("/app/providers")).text
        assert page.count('href="/app/providers/') >= 20
        assert "no key" in page
        one = (await client.get("/app/providers/hunter")).text
        assert "LEADRUN_PROVIDER_HUNTER_API_KEY" in one
        assert '<td class="n" data-label="missed">1</td>' in one
        assert re.search(r'data-label="look-ups">1</td><td[^>]*>0</td><td[^>]*>\$0\.5', one)
        assert one.count("<title>20") == 30
        assert 'id="spend"' not in (await client.get("/app/providers/datagma")).text
        assert (await client.get("/app/providers/nobody")).status_code == 404
    async with stack.client(await stack.person()) as client:
        assert "It was not called in these days" in (await client.get("/app/providers/hunter")).text
    async with stack.client(await stack.person(mode=Mode.TEST)) as client:
        page = (await client.get("/app/providers")).text
        assert "sandbox" in page
        assert 'href="/app/providers/hunter"' not in page


async def test_an_operator_lets_a_resting_provider_be_asked_again(stack: Stack) -> None:
    gate = ProviderGate(stack.services.redis)
    slug = stack.services.registry.listing(Mode.TEST)[0].name
    await gate.punish(
        GateKey(provider=slug, field=Field.EMAIL, route="find", credential="x", closes_for=3600.0),
        Failed(trouble=Trouble.AUTH_ERROR, reason="the key was refused"),
    )
    async with stack.client(await stack.person(mode=Mode.TEST)) as client:
        page = (await client.get(f"/app/providers/{slug}")).text
        assert "<dt>Rests</dt>" in page
        assert "Ask it again now" not in page
        assert (await client.post(f"/app/providers/{slug}/open")).status_code == 403
    async with stack.client(await stack.person(mode=Mode.TEST, operator=True)) as client:
        assert "Ask it again now" in (await client.get(f"/app/providers/{slug}")).text
        page = (await client.post(f"/app/providers/{slug}/open", follow_redirects=True)).text
        assert "<dt>Rests</dt>" not in page


async def test_an_operator_switches_a_provider_off_and_on_for_every_process(browser: Browser, stack: Stack) -> None:
    operator, path, slug = await stack.person(operator=True), "/app/providers/kaspr", "kaspr"
    key = await stack.door.key(operator.account)
    other = ProviderSwitches(stack.services)

    async def reason() -> str | None:
        async with with_key(stack.door, key.api_key) as program:
            listed = (await program.get("/api/v1/providers")).json()["providers"]
        one = next(one for one in listed if one["name"] == slug)
        assert one["enabled"] is False  # It has no key either.
        found: str | None = one.get("reason")
        return found

    async with stack.client(await stack.person()) as client:
        assert "Switch" not in (await client.get(path)).text
        assert (await client.post(f"{path}/off")).status_code == 403
    context = await enter(browser, stack, operator, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto(path)
    assert await page.get_by_role("button", name="Check now").count() == 0
    await page.get_by_role("button", name="Switch off").click()
    await check_page(page)
    await page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    await page.get_by_role("button", name="Switch on").wait_for()
    assert await reason() == SWITCHED_OFF
    await page.get_by_role("button", name="Switch on").click()
    await page.get_by_role("button", name="Switch off").first.wait_for()
    await context.close()
    assert (wrong, await reason()) == ([], None)
    # Another process switches it off, and the API follows by itself.
    assert await other.switch(slug, on=False)
    await until(reason, SWITCHED_OFF)
    async with stack.client(operator) as client:
        assert (await client.post(f"{path}/on")).status_code == 303
        assert (await client.post("/app/providers/nobody/off")).status_code == 404
        assert (await client.get("/app/operator/audit", params={"group": "provider"})).text.count(f">{slug}<") >= 4
    noted = stack.door.sql("SELECT action, actor FROM audit_entries WHERE target = %s ORDER BY id", slug)
    person, actions = operator.email, ("provider.switched-off", "provider.switched-on")
    assert [*noted[:2], noted[3]] == [(actions[0], person), (actions[1], person), (actions[1], person)]
    assert await reason() is None


async def test_an_operator_checks_a_provider_and_sees_what_is_left(site: Stack, account_call: AccountCall) -> None:
    operator, path = await site.person(operator=True), "/app/providers/hunter"
    offer = site.services.registry.offer("hunter", Field.EMAIL, "domain")
    assert offer
    gate = ProviderGate(site.services.redis)
    await gate.punish(offer.gate, Failed(trouble=Trouble.OUT_OF_CREDITS, reason="nothing is left"))
    async with site.client(operator) as client:
        before = (await client.get(path)).text
        assert ("never; operators check it" in before, "<dt>Rests</dt>" in before) == (True, True)
        page = (await client.post(f"{path}/check", follow_redirects=True)).text
        assert ("<dt>Rests</dt>" in page, "credits 42, in the vendor" in page, ">works<" in page) == (False, True, True)
        assert "credits 42" in (await client.get("/app/providers")).text
        account_call.status = 401
        page = (await client.post(f"{path}/check", follow_redirects=True)).text
        assert ("refuses the API key" in page, "credits 42" in page, ">refused<" in page) == (True, False, True)
        assert (await client.post("/app/providers/nobody/check")).status_code == 404
    assert account_call.asked == ["GET /account"] * 2


async def test_look_ups_are_compared_with_another_waterfall(stack: Stack) -> None:
    person = await stack.person()
    for run in await submit(stack, person, "Moss", "Trenneman"):
        await record(stack.door, run, ("hunter", HIT))
        await end_run(stack.door, run)
    async with stack.client(person) as client:
        assert 'href="/app/providers/what-if"' in (await client.get("/app/providers")).text
        form = (await client.get("/app/providers/what-if")).text
        assert ('<option value="cheapest" selected>' in form, "How sure this is" in form) == (True, False)
        page = (await client.get("/app/providers/what-if", params={"waterfall": "fastest", "days": "7"})).text
        assert "2 look-ups, as they were and with fastest" in page
        assert '<td class="n" data-label="now">2</td>' in page
        assert "<dt>Modelled</dt>" in page
        assert (await client.get("/app/providers/what-if", params={"waterfall": "nobodys"})).status_code == 404
    others = (await stack.person(), await stack.person(account=person.account, mode=Mode.TEST))
    for other in others:
        async with stack.client(other) as client:
            page = (await client.get("/app/providers/what-if", params={"waterfall": "fastest"})).text
            assert "Nothing to compare in these days" in page
    async with stack.client(await stack.person(Role.VIEWER, account=person.account)) as client:
        assert "what-if" not in (await client.get("/app/providers")).text


async def test_a_member_chooses_the_order_and_keeps_a_list(browser: Browser, site: Stack) -> None:
    member, here = await site.person(Role.MEMBER, mode=Mode.TEST), "/app/providers/order"
    async with site.client(await site.person(Role.VIEWER, account=member.account, mode=Mode.TEST)) as client:
        text = (await client.get(here)).text
        assert ("Keep this order" in text, "from now on" in text, "Move sandbox-mail" in text) == (False, False, True)
        assert (await client.post(f"{here}/keep", data={"name": "x", "list": "sandbox-mail"})).status_code == 403
    context = await enter(browser, site, member, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto(f"{here}?waterfall=cheapest")
    await check_page(page)
    names = await page.locator("#own tbody td:first-child").all_text_contents()
    assert len(names) >= 3
    await page.get_by_role("link", name=f"Move {names[1]} up").click()
    await page.get_by_role("link", name=f"Leave out {names[2]}").click()
    await page.get_by_role("link", name=f"Add {names[2]}").wait_for()
    await page.get_by_label("Keep it as the waterfall").fill("our-order")
    await page.get_by_role("button", name="Keep this order").click()
    await page.get_by_role("button", name="Follow our-order from now on").click()
    await page.get_by_text("which this account has chosen").wait_for()
    await context.close()
    assert wrong == []
    mine = [names[1], names[0], *names[3:]]
    ((account_id,),) = site.door.sql("SELECT id FROM accounts WHERE name = %s", member.account)
    owner = Owner(account_id, Mode.TEST)
    kept = {one.waterfall.name: one.waterfall for one in await Waterfalls(site.services).list(owner)}
    assert kept["our-order"].only == kept["default"].only == tuple(mine)
    async with site.client(member) as client:
        text = (await client.get(here)).text
        assert "follow <b>our-order</b>" in text
        email = text[text.index('id="email"') : text.index('id="phone"')]
        places = [email.index(f'/app/providers/{name}"') for name in mine if f'/app/providers/{name}"' in email]
        assert len(places) >= 2
        assert places == sorted(places)
        worthless = Waterfall(name="worthless", strategy=Strategy.CHEAPEST, worth_usd=0.0)
        await Waterfalls(site.services).put(owner, worthless)
        assert "not asked: an accepted value" in (await client.get(f"{here}?waterfall=worthless")).text
        faulty = await client.post(f"{here}/keep", data={"name": "Our order", "list": "sandbox-mail,nobody"})
        assert (faulty.status_code, "May have small letters" in faulty.text) == (422, True)
        for name, says in (("cheapest", "cannot be changed"), ("empty", "needs the providers to ask")):
            assert says in (await client.post(f"{here}/keep", data={"name": name, "list": "nobody"})).text
        assert (await client.post(f"{here}/default", data={"waterfall": "nobodys"})).status_code == 404
        for _ in range(2):
            assert (await client.post(f"{here}/default")).status_code == 303
        assert "as everywhere in this installation" in (await client.get(here)).text


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(1.9, "more"), (1.999, "no clear difference"), (4.001, "no clear difference"), (4.1, "less")],
)
def test_a_difference_within_the_bounds_is_none(now: float, verdict: str) -> None:
    assert compare(now, QuotedInterval(expected=3, low=2, high=4), digits=2).verdict == verdict


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_pages_have_no_barrier_and_fit(browser: Browser, stack: Stack, look: str) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    await record(stack.door, run, ("hunter", HIT))
    await end_run(stack.door, run)
    context = await enter(browser, stack, person, viewport=ViewportSize(width=390, height=800), color_scheme=look)
    wrong = watch(context)
    page = await context.new_page()
    for path in (
        "/app/providers",
        "/app/providers/hunter",
        "/app/providers/what-if?waterfall=fastest",
        "/app/providers/order",
    ):
        await page.goto(f"/app/providers{path}")
        await check_page(page)
        await page.set_viewport_size(ViewportSize(width=1280, height=900))
        await check_page(page)
    await context.close()
    assert wrong == []
