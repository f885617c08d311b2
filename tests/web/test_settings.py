"""Settings of accounts and people, and the operator's pages."""

import re

import httpx
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.people.role import Role
from app.usecases.people.manage_people import ManagePeople
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import PASSWORD, Person, Stack, token_of
from tests.web.test_health import a_worker

NEW = "another good password"


def _id(stack: Stack, table: str, column: str, value: str) -> str:
    return str(stack.door.sql(f"SELECT id FROM {table} WHERE {column} = %s", value)[0][0])  # noqa: S608 - names of ours


def _link(answer: httpx.Response) -> str:
    """The path of the link that a page shows once."""
    return str(re.findall(r"https?://[^/<]+(/app/(?:invite|reset)/[\w-]+)", answer.text)[0])


async def test_an_owner_invites_changes_and_removes_members(stack: Stack) -> None:
    owner = await stack.person()
    async with stack.client(owner) as client, stack.client() as invited:
        email = f"{stack.name('new').replace(' ', '')}@acme.example"
        assert "Must be an e-mail address" in (await client.post("/app/settings/invites", data={"email": "x"})).text
        made = await client.post("/app/settings/invites", data={"email": email, "role": "viewer"})
        path = _link(made)
        assert path not in (await client.get("/app/settings/members")).text
        token = token_of((await invited.get(path)).text)
        await invited.post(path, data={"csrf": token, "password": PASSWORD, "again": PASSWORD})
        member = f"/app/settings/members/{_id(stack, 'users', 'email', email)}"
        assert (await client.post(member, data={"role": "member"})).status_code == 303
        assert "You are member here" in (await invited.get("/app")).text
        assert (await client.post(member, data={"remove": "yes"})).status_code == 303
        assert "You belong to no account" in (await invited.get("/app")).text
        last = f"/app/settings/members/{_id(stack, 'users', 'email', owner.email)}"
        for change in ({"role": "viewer"}, {"remove": "yes"}):
            assert "is the last owner" in (await client.post(last, data=change)).text
        assert "You are the last owner" in (await client.post("/app/settings/leave")).text


async def test_an_invitation_can_be_withdrawn_by_its_own_account(stack: Stack) -> None:
    owner, other = await stack.person(), await stack.person()
    async with stack.client(owner) as client, stack.client(other) as stranger:
        path = _link(await client.post("/app/settings/invites", data={"email": "gone@acme.example"}))
        withdraw = f"/app/settings/invites/{_id(stack, 'entry_links', 'email', 'gone@acme.example')}/withdraw"
        assert (await stranger.post(withdraw)).status_code == 404
        assert (await client.get(path)).status_code == 200
        assert (await client.post(withdraw)).status_code == 303
        assert (await client.get(path)).status_code == 410


async def test_members_of_another_account_cannot_be_changed(stack: Stack) -> None:
    owner, other = await stack.person(), await stack.person()
    async with stack.client(owner) as client:
        answer = await client.post(
            f"/app/settings/members/{_id(stack, 'users', 'email', other.email)}", data={"remove": "yes"}
        )
        assert answer.status_code == 404


async def test_the_secret_of_urls_in_requests_is_shown_on_demand_and_rotated(stack: Stack) -> None:
    owner = await stack.person()
    async with stack.client(owner) as client:
        assert "whsec_" not in (await client.get("/app/settings")).text
        (first,) = set(re.findall(r"whsec_[\w+/=]+", (await client.post("/app/settings/secret")).text))
        rotated = (await client.post("/app/settings/secret/rotate")).text
        assert len(set(re.findall(r"whsec_[\w+/=]+", rotated))) == 2
        assert first in rotated
    async with stack.client(await stack.person(Role.VIEWER, account=owner.account)) as viewer:
        assert "/app/settings/secret" not in (await viewer.get("/app/settings")).text
        assert (await viewer.post("/app/settings/secret")).status_code == 403


async def test_an_account_is_renamed_and_its_keys_are_revoked_by_name(stack: Stack) -> None:
    owner, other = await stack.person(), await stack.person()
    key = await stack.door.key(owner.account)
    async with stack.client(owner) as client:
        # A name may be that of another account: a refusal would show which others there are.
        name = other.account
        assert (await client.post("/app/settings", data={"name": name})).status_code == 303
        assert f"Settings of {name}" in (await client.get("/app/settings")).text
        assert _id(stack, "accounts", "name", owner.account) in (await client.get("/app/settings")).text
        assert "Nothing was revoked" in (await client.post("/app/settings/stop", data={"confirm": "x"})).text
        assert (await client.post("/app/settings/stop", data={"confirm": name})).status_code == 303
    assert stack.door.sql("SELECT revoked_at IS NOT NULL FROM api_keys WHERE id = %s", key.id) == [(True,)]


async def test_a_page_that_a_form_leads_to_keeps_its_tab(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        for path, tab in (
            ("/app/settings/invites", "Members"),
            ("/app/settings/stop", "Account"),
            ("/app/settings/leave", "Account"),
            ("/app/settings/password", "You"),
        ):
            assert f'aria-current="page">{tab}</a>' in (await client.post(path)).text, path


async def test_a_person_changes_their_password_and_ends_sessions(stack: Stack) -> None:
    email = f"{stack.name('own').replace(' ', '')}@acme.example"
    await ManagePeople(stack.services).create(email, PASSWORD, account=stack.name(), role=Role.OWNER)
    async with stack.client() as here, stack.client() as there, stack.client() as elsewhere:
        for client in (here, there, elsewhere):
            token = token_of((await client.get("/app/login")).text)
            await client.post("/app/login", data={"csrf": token, "email": email, "password": PASSWORD})
            client.headers["x-csrf-token"] = token_of((await client.get("/app")).text)
        page = (await here.get("/app/settings/sessions")).text
        oldest = re.findall(r'action="(/app/settings/sessions/[0-9a-f-]+/end)"', page)[-1]
        assert (await there.post(oldest)).status_code == 303
        change = {"old": "wrong", "password": NEW, "again": NEW}
        assert "is not your password" in (await there.post("/app/settings/password", data=change)).text.lower()
        changed = await there.post("/app/settings/password", data=change | {"old": PASSWORD})
        assert changed.status_code == 303
        assert [(await client.get("/app")).status_code for client in (here, there, elsewhere)] == [303, 200, 303]


async def test_an_operator_adds_credits_and_manages_people(stack: Stack) -> None:
    operator, other = await stack.person(operator=True), await stack.person()
    stack.door.sql("UPDATE users SET operator = false WHERE email <> %s", operator.email)
    # What other tests have left is not late.
    stack.door.sql("UPDATE cascades SET created_at = now() WHERE open")
    stack.door.sql("UPDATE deliveries SET due_at = now() WHERE state = 'pending'")
    account, user = _id(stack, "accounts", "name", other.account), _id(stack, "users", "email", other.email)
    async with stack.client(operator) as client, stack.client(other) as person:
        assert (
            await client.post(f"/app/operator/accounts/{account}/credits", data={"amount": "250"})
        ).status_code == 303
        assert "<b>250</b> credits" in (await person.get("/app")).text
        assert "whole number" in (await client.post(f"/app/operator/accounts/{account}/credits")).text
        page = (await client.get("/app/operator")).text
        assert "No worker does the work of interactive, bulk, webhooks." in page
        async with a_worker(stack):
            assert "All is well" in (await client.get("/app/operator")).text
        path = _link(await client.post(f"/app/operator/users/{user}", data={"do": "reset"}))
        assert other.email in (await client.get(path)).text
        await client.post(f"/app/operator/users/{user}", data={"do": "operator"})
        assert (await person.get("/app/operator/users")).status_code == 200
        await client.post(f"/app/operator/users/{user}", data={"do": "disable"})
        assert (await person.get("/app")).status_code == 303
        stack.door.sql("UPDATE users SET password_hash = 'x' WHERE email = %s", operator.email)
        own = f"/app/operator/users/{_id(stack, 'users', 'email', operator.email)}"
        for wish in ("disable", "no operator"):
            assert "is the last operator" in (await client.post(own, data={"do": wish})).text


@pytest.fixture
async def crowded(stack: Stack) -> Person:
    """An owner and operator whose account has members with long names, and an invitation."""
    owner = await stack.person(account=stack.name("An account with quite a long name"), operator=True)
    for role in Role:
        await stack.join(await stack.person(), owner.account, role)
    async with stack.client(owner) as client:
        await client.post("/app/settings/invites", data={"email": f"{'long' * 12}@a-long-company-name.example"})
    return owner


async def test_the_pages_of_settings_and_operators_have_no_barrier(
    browser: Browser, stack: Stack, crowded: Person
) -> None:
    context = await enter(browser, stack, crowded, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    paths = ["", "/members", "/sessions"]
    for path in [
        *(f"/app/settings{one}" for one in paths),
        *(f"/app/operator{one}" for one in ("", "/accounts", "/users")),
    ]:
        await page.goto(path)
        await check_page(page)
    await page.goto("/app/settings")
    await page.get_by_role("button", name="Revoke every key").click()
    await check_page(page)
    await context.close()
    assert wrong == []
