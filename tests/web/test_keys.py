"""The pages of API keys."""

import re

from playwright.async_api import Browser, ViewportSize

from app.domain.accounts.owner import Owner
from app.domain.people.role import Role
from app.domain.vocabulary import Mode
from app.usecases.accounts.app_key import APP_DISPLAY, app_principal
from tests.api.test_keys import with_key
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Stack

NAME = "A key with a name that is quite long, for the CRM of the sales department"
TERMS = {"name": "CRM", "scopes": ["submit", "read"], "networks": "", "rate_limit": "", "ends": ""}


async def test_a_key_is_made_shown_once_rotated_and_revoked(stack: Stack) -> None:
    async with stack.client(await stack.person(Role.MEMBER, mode=Mode.TEST)) as client:
        made = await client.post("/app/keys", data=TERMS)
        assert made.status_code == 201
        (key,) = set(re.findall(r"lm_test_\w{36}", made.text))
        assert (await client.get("/api/v1/credits", headers={"authorization": f"Bearer {key}"})).status_code == 200
        table = (await client.get("/app/keys")).text
        assert key not in table
        assert key[:12] in table
        (path,) = set(re.findall(r'href="(/app/keys/[0-9a-f-]{36})"', table))
        rotated = await client.post(f"{path}/rotate", data={"grace": "24"})
        assert "works on for 24 hours" in rotated.text
        assert key not in rotated.text
        wrong = await client.post(f"{path}/revoke", data={"confirm": "another"})
        assert (wrong.status_code, "Not revoked" in wrong.text) == (422, True)
        assert (await client.post(f"{path}/revoke", data={"confirm": "CRM"})).status_code == 303
        assert "revoked" in (await client.get(path)).text


async def test_what_is_wrong_with_the_terms_stands_at_the_fields(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        terms = {"name": "x" * 101, "networks": "192.0.2.0/24, nowhere", "rate_limit": "0", "ends": "7", "plan": "gold"}
        answer = await client.post("/app/keys", data=terms)
    assert answer.status_code == 422
    for fault in ("at most 100", "nowhere is none", "from 1 to", "one of the list", "choose what", "leadmodule, "):
        assert fault in answer.text


async def test_a_key_keeps_what_is_not_changed(stack: Stack) -> None:
    person = await stack.person()
    key = await stack.door.key(person.account)
    async with stack.client(person) as client:
        changed = {**TERMS, "networks": "192.0.2.7\n198.51.100.0/24", "rate_limit": "7"}
        assert (await client.post(f"/app/keys/{key.id}", data=changed)).status_code == 303
        page = (await client.get(f"/app/keys/{key.id}")).text
    assert "192.0.2.7/32\n198.51.100.0/24" in page
    assert 'value="7"' in page


async def test_keys_of_another_account_or_mode_are_not_there(stack: Stack) -> None:
    person, other = await stack.person(), await stack.person()
    live, test = await stack.door.key(other.account), await stack.door.key(person.account, mode=Mode.TEST)
    async with stack.client(person) as client:
        for key in (live, test):
            assert (await client.get(f"/app/keys/{key.id}")).status_code == 404
            for action in ("", "/rotate", "/revoke"):
                answer = await client.post(f"/app/keys/{key.id}{action}", data={**TERMS, "grace": "0", "confirm": "x"})
                assert answer.status_code == 404
        assert "No live key yet" in (await client.get("/app/keys")).text


async def test_the_submissions_of_a_key_and_those_above_its_limit_are_shown(stack: Stack) -> None:
    person = await stack.person()
    key = await stack.door.key(person.account, rate_limit=3, amount=100)
    (unused,) = [await stack.door.key(person.account)]
    async with with_key(stack.door, key.api_key) as program:
        for number in range(5):
            contact = {"firstName": "Jane", "lastName": f"Smith{number}", "companyDomain": "acme.example"}
            assert (await program.post("/api/v1/enrich", json=contact)).status_code == (202 if number < 3 else 429)
        # Refused before its rows are read: counted once.
        assert (await program.post("/api/v1/batches", json={"contacts": [contact]})).status_code == 429
        assert (await program.get("/api/v1/credits")).status_code == 200
    async with stack.client(person) as client:
        page = (await client.get(f"/app/keys/{key.id}")).text
        assert re.search(r"</svg> 6, <span[^>]*>3 refused \(50 %\)</span>: above its limit of 3 in", page)
        assert "<dt>Submissions in 30 days</dt><dd>none" in (await client.get(f"/app/keys/{unused.id}")).text
        assert (await client.get("/app/keys")).text.count("3 refused (50 %)") == 1


async def test_the_key_of_the_app_is_made_once_and_known_to_nobody(stack: Stack) -> None:
    person = await stack.person()
    (account_id,) = stack.door.sql("SELECT id FROM accounts WHERE name = %s", person.account)[0]
    owner = Owner(account_id, Mode.LIVE)
    first, second = await app_principal(stack.services, owner), await app_principal(stack.services, owner)
    assert (first.key_id, first.owner) == (second.key_id, owner)
    async with stack.client(person) as client:
        assert APP_DISPLAY in (await client.get("/app/keys")).text
        assert "Rotate" not in (await client.get(f"/app/keys/{first.key_id}")).text


async def test_a_key_is_made_and_revoked_in_a_browser(browser: Browser, stack: Stack) -> None:
    context = await enter(browser, stack, await stack.person(), viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/keys")
    await check_page(page)
    await page.get_by_role("link", name="Create key").click()
    await check_page(page)
    await page.get_by_label("Name").fill(NAME)
    await page.get_by_role("button", name="Create key").click()
    await page.get_by_text("it is shown this once").wait_for()
    await check_page(page)
    await page.get_by_role("link", name="I have copied it").click()
    await check_page(page)
    await page.get_by_role("link", name="A key with a name").click()
    await page.get_by_role("button", name="Revoke").click()
    await check_page(page)
    await page.get_by_label("to confirm").fill(NAME)
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await page.get_by_text("revoked").wait_for()
    await context.close()
    assert wrong == []
