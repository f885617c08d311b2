"""An operator changes an account's plan and limits, suspends it, and resumes it."""

from uuid import UUID

from playwright.async_api import Browser, ViewportSize

from app.domain.vocabulary import Mode
from tests.api.checks import problem
from tests.api.door import PERSON
from tests.api.test_keys import status, until
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Person, Stack


def _id(stack: Stack, person: Person) -> UUID:
    found: UUID = stack.door.sql("SELECT id FROM accounts WHERE name = %s", person.account)[0][0]
    return found


async def test_a_suspended_accounts_keys_are_refused_and_its_people_see_why(stack: Stack) -> None:
    operator, owner = await stack.person(operator=True), await stack.person(mode=Mode.TEST)
    key = await stack.door.key(owner.account, mode=Mode.TEST)
    here = f"/app/operator/accounts/{_id(stack, owner)}"
    async with stack.client(operator) as client, stack.client(owner) as person, stack.door.client(key) as program:
        assert "does not match" in (await client.post(f"{here}/suspend", data={"confirm": "x"})).text
        assert (await program.get("/api/v1/credits")).status_code == 200
        suspended = {"confirm": owner.account, "reason": "The invoice of October is open."}
        assert (await client.post(f"{here}/suspend", data=suspended)).status_code == 303
        assert "suspended" in (await client.get("/app/operator/accounts")).text
        await until(lambda: status(program, "/api/v1/credits"), 403)
        for answer in (await program.get("/api/v1/runs"), await program.post("/api/v1/enrich", json=PERSON)):
            body = problem(answer, 403, "account-suspended")
            assert "suspended: The invoice of October is open. Its keys" in body["detail"]
        assert (await program.get("/errors/account-suspended")).status_code == 200
        assert "The invoice of October is open" in (await person.get("/app")).text
        looked = await person.post("/app/lookup", data={"full_name": "Rita Moss", "company_domain": "acme.example"})
        assert looked.status_code == 403
        assert "This account is suspended" in looked.text
        assert (await client.post(f"{here}/resume")).status_code == 303
        await until(lambda: status(program, "/api/v1/credits"), 200)
        assert "suspended" not in (await person.get("/app")).text


async def test_an_operator_gives_all_keys_of_an_account_another_plan_and_limits(stack: Stack) -> None:
    operator, owner, other = await stack.person(operator=True), await stack.person(), await stack.person()
    key, foreign = await stack.door.key(owner.account), await stack.door.key(other.account)
    here = f"/app/operator/accounts/{_id(stack, owner)}"
    async with stack.client(operator) as client:
        assert "must be one of" in (await client.post(f"{here}/plan", data={"plan": "gold"})).text.lower()
        assert (await client.post(f"{here}/plan", data={"plan": "leadsonar"})).status_code == 303
        limits = {"rate_limit": "7", "credits_day": "100", "usd_month": "12,5"}
        assert (await client.post(f"{here}/limits", data=limits)).status_code == 303
        page = (await client.get(here)).text
        assert 'value="7"' in page
        assert 'value="100"' in page
        assert 'value="12.5"' in page
        assert "whole number" in (await client.post(f"{here}/limits", data={"credits_day": "1.5"})).text
        caps = "SELECT unit, period, amount::float, set_by FROM spend_caps WHERE account_id = %s ORDER BY unit"
        assert stack.door.sql(caps, _id(stack, owner)) == [
            ("credits", "day", 100, "operator"),
            ("usd", "month", 12.5, "operator"),
        ]
        assert (await client.post(f"{here}/limits", data={})).status_code == 303
        assert stack.door.sql(caps, _id(stack, owner)) == []
    terms = stack.door.sql("SELECT plan, rate_limit FROM api_keys WHERE id IN (%s, %s) ORDER BY id", key.id, foreign.id)
    assert terms == [("leadsonar", None), ("leadmodule", None)]


async def test_the_page_of_an_account_has_no_barrier(browser: Browser, stack: Stack) -> None:
    operator = await stack.person(account=stack.name(f"{'long.' * 10}address@acme.example"), operator=True)
    narrow = ViewportSize(width=390, height=800)
    context = await enter(browser, stack, operator, viewport=narrow, color_scheme="dark")
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/operator/accounts")
    await page.get_by_role("link", name=operator.account).click()
    await check_page(page)
    await page.get_by_role("button", name="Suspend").click()
    await page.get_by_label("Reason").fill("The invoice is open")
    await page.get_by_label("to confirm").fill(operator.account)
    await check_page(page)
    await page.get_by_role("button", name="Suspend", exact=True).last.click()
    await page.get_by_text("Its keys work again").wait_for()
    await page.set_viewport_size(ViewportSize(width=1280, height=800))
    await page.emulate_media(color_scheme="light")
    await check_page(page)
    await context.close()
    assert wrong == []
