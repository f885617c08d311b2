"""Log-in, links of one use, and sessions."""

from ipaddress import ip_network
from typing import cast

import httpx
import pytest
from litestar.types import Scope

from app.domain.people.role import Role
from app.usecases.people.links import LinkKind, link_path
from app.usecases.people.manage_people import ManagePeople
from app.web.entry.log_in import own_page
from app.web.frame.request import WebRequest
from app.web.frame.security import SESSION_COOKIE, can_bind, cookie, is_https
from tests.rows import each_row
from tests.web.stack import PASSWORD, Stack, token_of


async def _send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Load the form of a path, fill it in, and send it."""
    token = token_of((await client.get(path)).text)
    return await client.post(path, data={"csrf": token, **fields})


async def _known(stack: Stack) -> str:
    email = f"{stack.name('jane').replace(' ', '')}@acme.example"
    await ManagePeople(stack.services).create(email, PASSWORD, account=stack.name(), role=Role.OWNER)
    return email


async def test_a_person_signs_in_and_out(stack: Stack) -> None:
    email = await _known(stack)
    async with stack.client() as client:
        answer = await _send(client, "/app/login", email=f" {email.upper()}", password=PASSWORD, next="/app?x=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/app?x=1")
        cookie = answer.headers.get_list("set-cookie")[0]
        assert {"HttpOnly", "SameSite=Lax", "Path=/app"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        home = await client.get("/app")
        assert email in home.text
        secret = client.cookies[SESSION_COOKIE]
        left = await client.post("/app/logout", data={"csrf": token_of(home.text)})
        assert left.headers["location"] == "/app/login"
        client.cookies.set(SESSION_COOKIE, secret, path="/app")
        assert (await client.get("/app")).status_code == 303


async def test_over_https_no_other_host_sets_the_cookies_and_an_older_session_ends_with_a_word(stack: Stack) -> None:
    email = await _known(stack)
    person = await stack.person()
    async with stack.client() as client:
        client.headers["x-forwarded-proto"] = "https"
        page = await client.get("/app/login")
        (form,) = page.headers.get_list("set-cookie")
        assert form.startswith("__Host-leadrun_form=")
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= set(form.split("; "))
        fields = {"csrf": token_of(page.text), "email": email, "password": PASSWORD}
        cookies = f"{form.partition(';')[0]}; {SESSION_COOKIE}={person.secret}; leadrun_theme=dark"
        older = await client.get("/app", headers={"cookie": cookies})
        assert older.headers["location"] == "/app/login", "what another host may have set is no session"
        told = await client.get("/app/login", headers={"cookie": cookies})
        assert "Sign in once more" in told.text
        assert 'data-theme="dark"' in told.text
        answer = await client.post("/app/login", data=fields, headers={"cookie": cookies})
        session, *others = answer.headers.get_list("set-cookie")
        assert session.startswith("__Host-leadrun_session=")
        assert f"{SESSION_COOKIE}=; Path=/app; Max-Age=0; HttpOnly; SameSite=Lax; Secure" in others
        kept = session.partition(";")[0]
        assert email in (await client.get("/app", headers={"cookie": f"{kept}; {SESSION_COOKIE}=x"})).text
    async with stack.client(person) as client:
        assert "Sign in once more" not in (await client.get("/app")).text
        assert (await client.get("/app", headers={"cookie": kept})).status_code == 303, "that of HTTPS is none of HTTP"


PUBLIC = "https://leads.acme.example"
# Public URL, host, word of the proxy on this machine; whether the cookie is this host's alone, and for HTTPS.
WAYS = {
    "by HTTP": (None, "leads.acme.example", "", False, False),
    "a proxy says that it is HTTPS": (None, "leads.acme.example", "https", True, True),
    "a proxy says nothing, but the host is the public one": (PUBLIC, "LEADS.acme.example:443", "", True, True),
    "an operator on the machine itself": (PUBLIC, "127.0.0.1:8000", "", False, True),
    "another port": (PUBLIC, "leads.acme.example:8000", "", False, True),
    "the public URL is HTTP": ("http://leads.acme.example", "leads.acme.example", "", False, False),
}


@each_row("public_url, host, proto, bound, secure", [pytest.param(*given, id=name) for name, given in WAYS.items()])
def test_cookies_are_bound_to_the_host_only_where_the_browser_takes_such(
    *, public_url: str | None, host: str, proto: str, bound: bool, secure: bool
) -> None:
    headers = [(b"host", host.encode()), (b"x-forwarded-proto", proto.encode())]
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/app", "query_string": b"", "headers": headers}
    request = WebRequest(cast("Scope", scope | {"client": ("127.0.0.1", 5000)}))
    trusted = (ip_network("127.0.0.1"),)
    is_bound = can_bind(request, trusted, public_url)
    assert (is_bound, is_https(request, trusted, public_url)) == (bound, secure)
    written = cookie("leadrun_x", "1", secure=secure, bound=is_bound)
    assert written.startswith("__Host-" if bound else "leadrun_x=1; Path=/app;")
    assert written.endswith("; Secure") == secure


async def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(stack: Stack) -> None:
    email = await _known(stack)
    async with stack.client() as client:
        wrong = await _send(client, "/app/login", email=email, password="not this one")
        unknown = await _send(client, "/app/login", email="nobody@acme.example", password="not this one")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(email, "") == unknown.text.replace("nobody@acme.example", "")
    assert "do not fit" in wrong.text


async def test_guessing_the_password_of_one_person_is_slowed_down(stack: Stack) -> None:
    email = await _known(stack)
    async with stack.client() as client:
        answers = [await _send(client, "/app/login", email=email, password=f"guess {n}") for n in range(7)]
        assert [("too many log-ins" in answer.text) for answer in answers] == [False] * 6 + [True]
        assert "too many log-ins" in (await _send(client, "/app/login", email=email, password=PASSWORD)).text


async def test_the_first_operator_claims_the_installation_once(stack: Stack) -> None:
    stack.door.sql("UPDATE users SET operator = false")
    account = stack.name()
    key = await stack.door.key(account)
    (account_id,) = stack.door.sql("SELECT account_id FROM api_keys WHERE id = %s", key.id)[0]
    dropped = await stack.links.claim(account_id)
    secret = await stack.links.claim(account_id)
    assert secret
    assert dropped
    path = link_path(LinkKind.CLAIM, secret)
    async with stack.client() as client:
        assert (await client.get(link_path(LinkKind.CLAIM, dropped))).status_code == 410
        short = await _send(client, path, email="first@acme.example", password="short", again="short")
        assert "at least 10 characters" in short.text
        other = await _send(client, path, email="first@acme.example", password=PASSWORD, again="something else")
        assert "differs from the password above" in other.text.lower()
        made = await _send(client, path, email="first@acme.example", password=PASSWORD, again=PASSWORD)
        assert (made.status_code, made.headers["location"]) == (303, "/app")
        assert account in (await client.get("/app")).text
        over = await client.get(path)
        assert over.status_code == 410
        assert "This link has been used" in over.text
    assert await stack.links.claim(account_id) is None
    assert stack.door.sql("SELECT role FROM memberships WHERE account_id = %s", account_id) == [("owner",)]


async def test_an_invited_person_sets_a_password_and_a_known_one_proves_theirs(stack: Stack) -> None:
    owner = await stack.person()
    (account_id,) = stack.door.sql("SELECT id FROM accounts WHERE name = %s", owner.account)[0]
    known, new = await _known(stack), "new@acme.example"
    async with stack.client() as client:
        secret = await stack.links.invite(known, account_id=account_id, role=Role.VIEWER)
        path = link_path(LinkKind.INVITE, secret)
        assert "do not fit" in (await _send(client, path, password="not mine")).text
        assert (await _send(client, path, password=PASSWORD)).status_code == 303
        assert owner.account in (await client.get("/app")).text
    async with stack.client() as client:
        secret = await stack.links.invite(new, account_id=account_id, role=Role.VIEWER)
        path = link_path(LinkKind.INVITE, secret)
        assert (await _send(client, path, name="New One", password=PASSWORD, again=PASSWORD)).status_code == 303
        assert owner.account in (await client.get("/app")).text
    roles = stack.door.sql("SELECT role FROM memberships WHERE account_id = %s ORDER BY role", account_id)
    assert roles == [("owner",), ("viewer",), ("viewer",)]


async def test_a_reset_ends_every_session_and_the_old_password(stack: Stack) -> None:
    email = await _known(stack)
    async with stack.client() as old, stack.client() as client:
        await _send(old, "/app/login", email=email, password=PASSWORD)
        secret = await stack.links.reset(email)
        answer = await _send(client, link_path(LinkKind.RESET, secret), password="another one", again="another one")
        assert answer.status_code == 303
        assert (await client.get("/app")).status_code == 200
        assert (await old.get("/app")).status_code == 303
        assert "do not fit" in (await _send(old, "/app/login", email=email, password=PASSWORD)).text


async def test_the_switches_show_another_mode_and_account_on_the_same_kind_of_page(stack: Stack) -> None:
    person = await stack.person()
    other = stack.name()
    await stack.join(person, other)
    foreign = await stack.person()
    async with stack.client(person) as client:
        (mine,) = stack.door.sql("SELECT id FROM accounts WHERE name = %s", other)[0]
        (theirs,) = stack.door.sql("SELECT id FROM accounts WHERE name = %s", foreign.account)[0]
        answer = await client.post("/app/switch", data={"mode": "test", "back": "/app/runs/some-id"})
        assert answer.headers["location"] == "/app/runs"
        assert 'class="stripe"' in (await client.get("/app")).text
        assert (await client.post("/app/switch", data={"account": str(theirs)})).status_code == 404
        await client.post("/app/switch", data={"account": str(mine)})
        assert f"Account: {other}" in (await client.get("/app")).text
        await client.post("/app/theme", data={"theme": "dark"})
        assert 'data-theme="dark"' in (await client.get("/app")).text


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example/app", "/app/../x\\y", "/apple", "/docs", "", "/\\evil", "/app\r\nx: y"],
)
def test_a_path_that_leads_out_of_the_app_is_not_followed(path: str) -> None:
    assert own_page(path) == "/app"


@pytest.mark.parametrize("path", ["/app", "/app/runs?status=failed&x=//y", "/app?a=1"])
def test_a_path_of_the_app_is_followed(path: str) -> None:
    assert own_page(path) == path
