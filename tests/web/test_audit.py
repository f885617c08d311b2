"""The audit log: who did what when, for owners of their account and operators of all; nobody changes it."""

import csv
import io
from datetime import timedelta

import psycopg
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.accounts.audit import AuditAction
from app.domain.people.role import Role
from app.store.accounts import audit_log
from app.usecases.audit.note import note_for
from tests.api.test_keys import with_key
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import PASSWORD, Person, Stack, token_of


def _log(stack: Stack, account: str) -> list[tuple[str, str, str]]:
    """What the log of an account says, the oldest first: kind and name of the actor, action."""
    return stack.door.sql(
        "SELECT actor_kind, actor, action FROM audit_entries e JOIN accounts a ON a.id = account_id "
        "WHERE a.name = %s ORDER BY e.id",
        account,
    )


async def test_what_people_keys_and_commands_do_is_noted_under_their_names(stack: Stack) -> None:
    owner = await stack.person(operator=True)
    member = await stack.person(Role.VIEWER, account=owner.account)
    made = await stack.door.key(owner.account, amount=5)
    user = stack.door.sql("SELECT id FROM users WHERE email = %s", member.email)[0][0]
    async with stack.client(owner) as client, with_key(stack.door, made.api_key) as program:
        created = await client.post("/app/keys", data={"name": "CRM", "scopes": ["read"], "plan": "leadmodule"})
        assert created.status_code == 201
        (account_id,) = stack.door.sql("SELECT id FROM accounts WHERE name = %s", owner.account)[0]
        for path, fields in (
            (f"/app/settings/members/{user}", {"role": "member"}),
            (f"/app/settings/members/{user}", {"remove": "yes"}),
            ("/app/settings/invites", {"email": "new@acme.example", "role": "viewer"}),
            (f"/app/operator/accounts/{account_id}/plan", {"plan": "leadsonar"}),
            (f"/app/operator/accounts/{account_id}/credits", {"amount": "7"}),
            (f"/app/keys/{made.id}/rotate", {"grace": "24"}),
        ):
            assert (await client.post(path, data=fields)).status_code in {200, 201, 303}, path
        assert (await program.get("/api/v1/webhooks/secret")).status_code == 200
        assert (await program.post("/api/v1/webhooks/secret")).status_code == 200
        assert (await program.delete(f"/api/v1/keys/{made.id}")).status_code == 204
        assert (await client.post("/app/logout")).status_code == 303
    person, key = ("person", owner.email), ("key", str(made.id))
    assert _log(stack, owner.account) == [
        (*person, "person.signed-in"),
        ("person", member.email, "person.signed-in"),
        ("system", "", "credits.added"),
        ("system", "", "key.created"),
        (*person, "key.created"),
        (*person, "member.role-changed"),
        (*person, "member.removed"),
        (*person, "member.invited"),
        (*person, "plan.changed"),
        (*person, "credits.added"),
        (*person, "key.rotated"),
        (*key, "secret.rotated"),
        (*key, "key.revoked"),
        (*person, "person.signed-out"),
    ]
    # No name, no address but the actor's, no secret.
    told = str(stack.door.sql("SELECT target, detail FROM audit_entries WHERE account_id = %s", account_id))
    assert "@" not in told
    assert "CRM" not in told
    assert made.api_key not in told


async def test_a_log_in_is_noted_in_each_account_of_the_person_and_a_failed_one_is_not(stack: Stack) -> None:
    owner, other = await stack.person(), await stack.person()
    await stack.join(owner, other.account)
    secret = await stack.links.reset(owner.email)
    async with stack.client() as client:
        path = f"/app/reset/{secret}"
        fields = {"csrf": token_of((await client.get(path)).text), "password": PASSWORD, "again": PASSWORD}
        assert (await client.post(path, data=fields)).status_code == 303
    async with stack.client() as client:
        fields = {"csrf": token_of((await client.get("/app/login")).text), "email": owner.email, "password": "wrong"}
        assert (await client.post("/app/login", data=fields)).status_code == 422
    mine = [action for _, by, action in _log(stack, other.account) if by == owner.email]
    assert mine == ["person.password-set", "person.signed-in"]


async def test_owners_read_their_log_and_operators_all_with_filters_pages_and_a_file(stack: Stack) -> None:
    owner, other = await stack.person(), await stack.person(operator=True)
    (account_id,) = stack.door.sql("SELECT id FROM accounts WHERE name = %s", owner.account)[0]
    async with stack.services.write() as connection:
        await note_for(connection, stack.services, AuditAction.KEY_CREATED, [account_id] * 51)
    async with stack.client(owner) as client, stack.client(other) as operator:
        first = await client.get("/app/settings/audit")
        assert first.text.count("key: created") == 50
        assert owner.email not in first.text.partition("<tbody>")[2].partition("</tbody>")[0]
        assert 'rel="next"' in first.text
        (last,) = stack.door.sql(
            "SELECT e.id FROM audit_entries e JOIN accounts a ON a.id = account_id WHERE a.name = %s "
            "ORDER BY e.id DESC OFFSET 49 LIMIT 1",
            owner.account,
        )[0]
        older = (await client.get(f"/app/settings/audit?after={last}")).text
        assert "person: signed in" in older
        filtered = (await client.get(f"/app/settings/audit?group=person&actor={owner.email[:8].upper()}")).text
        assert "person: signed in" in filtered
        assert "key: created" not in filtered
        assert "that these filters let through" in (await client.get("/app/settings/audit?actor=%00nobody")).text
        rows = list(csv.DictReader(io.StringIO((await client.get("/app/settings/audit.csv?group=key")).text)))
        assert len(rows) == 51
        assert {row["action"] for row in rows} == {"key.created"}
        assert "account" not in rows[0]
        assert other.email not in (await client.get("/app/settings/audit.csv")).text
        whole = (await operator.get("/app/operator/audit.csv")).text
        assert owner.account in whole
        assert other.account in whole


async def test_nobody_changes_the_log_and_old_entries_go(stack: Stack) -> None:
    owner = await stack.person()
    one = "account_id = (SELECT id FROM accounts WHERE name = %s)"
    for change in ("UPDATE audit_entries SET actor = '' WHERE ", "DELETE FROM audit_entries WHERE "):
        with pytest.raises(psycopg.errors.RaiseException, match="are not changed"):
            stack.door.sql(change + one, owner.account)
    stack.door.sql(
        "INSERT INTO audit_entries (id, account_id, actor_kind, actor, action, created_at) "
        "SELECT gen_random_uuid(), id, 'system', '', 'key.created', now() - interval '401 days' FROM accounts "
        "WHERE name = %s",
        owner.account,
    )
    assert [action for _, _, action in _log(stack, owner.account)].count("key.created") == 1
    async with stack.services.write() as connection:
        assert await audit_log.expire(connection, timedelta(days=400), 10) == 1
        assert await audit_log.expire(connection, timedelta(days=400), 10) == 0
    assert [action for _, _, action in _log(stack, owner.account)] == ["person.signed-in"]


def test_each_action_has_a_name_of_its_own_in_two_words() -> None:
    names = [action.value for action in AuditAction]
    assert len(set(names)) == len(names)
    assert all(len(name.split(".")) == 2 for name in names)


async def test_the_pages_of_the_log_have_no_barrier(browser: Browser, stack: Stack) -> None:
    person: Person = await stack.person(account=stack.name("An account with quite a long name"), operator=True)
    await stack.door.key(person.account)
    narrow, wide = ViewportSize(width=390, height=800), ViewportSize(width=1280, height=800)
    context = await enter(browser, stack, person, viewport=narrow, color_scheme="dark")
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/settings/audit")
    await page.get_by_role("cell", name="key: created").wait_for()
    await check_page(page)
    await page.get_by_label("Kind").select_option("person")
    await page.wait_for_url("**/app/settings/audit?group=person&actor=")
    await page.get_by_role("cell", name="key: created").wait_for(state="detached")
    await page.set_viewport_size(wide)
    await page.emulate_media(color_scheme="light")
    await page.goto("/app/operator/audit")
    await check_page(page)
    await context.close()
    assert wrong == []
