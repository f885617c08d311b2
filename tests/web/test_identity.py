"""Log-in by an identity provider: who is let in, joined to whom, and what stops the rest."""

import re
from html import unescape

import httpx
import msgspec
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.people.identity import IdentityError, IdentityFault
from app.domain.people.role import Role
from app.openid.provider import IdentityProvider
from app.redis.sliding_window import Limiter
from app.usecases.people.links import LinkKind, link_path
from app.usecases.people.manage_people import ManagePeople
from app.usecases.people.provider_sign_in import ProviderAnswerGiven, ProviderSession, ProviderSignIn
from app.usecases.people.sign_in import SignIn
from app.web.frame.security import SESSION_COOKIE
from tests.play.identity_provider import PlayedProvider, answering, with_query
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import PASSWORD, Stack, token_of


def _email(site: Stack) -> str:
    return f"{site.name('who').replace(' ', '')}@acme.example"


async def _known(site: Stack, email: str) -> str:
    account = site.name()
    await ManagePeople(site.services).create(email, PASSWORD, account=account, role=Role.OWNER)
    return account


async def _begin(client: httpx.AsyncClient, path: str = "/app/login") -> str:
    """Follow the button of a page; returns the address at the provider."""
    page = (await client.get(path)).text
    form = re.search(r'action="/app/oidc">(.*?)</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    answer = await client.post("/app/oidc", data={name: unescape(value) for name, value in fields.items()})
    assert answer.status_code == 200, answer.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert found
    return unescape(found[1])


async def _enter(client: httpx.AsyncClient, idp: PlayedProvider, subject: str, path: str = "/app/login") -> str:
    """Sign in by the provider; returns where it leads."""
    answer = await client.get(idp.confirm(await _begin(client, path), subject))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def _sign_in(site: Stack, **settings: object) -> ProviderSignIn:
    services = msgspec.structs.replace(
        site.services, settings=msgspec.structs.replace(site.services.settings, **settings)
    )
    sign_in = SignIn(services, Limiter(services.redis, name="test", monotonic=services.clock.monotonic))
    return ProviderSignIn(services, IdentityProvider(services.settings, services.clock), sign_in)


async def _finish(signing: ProviderSignIn, idp: PlayedProvider, subject: str) -> ProviderSession:
    """The same without pages, so that an installation of other settings needs no server."""
    url = await signing.begin("a browser", goes_on="/app", invitation="", address="192.0.2.1")
    given = httpx.URL(idp.confirm(url, subject)).params
    answer = ProviderAnswerGiven(state=given["state"], code=given["code"], issuer="", error="")
    return await signing.finish("a browser", answer, address="192.0.2.1", agent="a test")


async def test_a_known_address_is_joined_once_and_its_subject_enters_from_then_on(
    site: Stack, idp: PlayedProvider
) -> None:
    email = _email(site)
    account = await _known(site, email)
    idp.person(email, email=email.upper(), email_verified=True, name="Jane Smith")
    async with site.client() as before, site.client() as client, site.client() as again:
        login = {"email": email, "password": PASSWORD, "csrf": token_of((await before.get("/app/login")).text)}
        await before.post("/app/login", data=login)
        assert await _enter(client, idp, email, "/app/login?next=/app/runs%3Fx=1") == "/app/runs?x=1"
        assert account in (await client.get("/app")).text
        # Somebody else may have set the password or have begun a session, by an invitation that was not theirs.
        assert (await before.get("/app")).status_code == 303
        login["csrf"] = token_of((await before.get("/app/login")).text)
        assert "do not fit" in (await before.post("/app/login", data=login)).text
        # From now on the subject counts, whatever becomes of the address.
        idp.person(email, email="other@acme.example", email_verified=False)
        assert await _enter(again, idp, email) == "/app"
        assert email in (await again.get("/app")).text
    noted = site.door.sql("SELECT action, actor, detail FROM audit_entries WHERE actor = %s ORDER BY id", email)
    assert [action for action, _, _ in noted] == [
        "person.signed-in", "person.identity-joined", "person.signed-in", "person.signed-in"
    ]  # fmt: skip
    assert noted[-1][2] == {"with": "identity provider"}


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {},
        {"email_verified": 1},
        {"email_verified": ["true"]},
        {"email_verified": True, "email": ["EMAIL"]},
        {"email_verified": True, "email": "no address"},
        # Small letters of the Kelvin sign and of a dotted capital I begin with ASCII ones.
        {"email_verified": True, "email": "KELVIN"},
    ],
)
async def test_an_address_that_is_not_verified_proves_nobody(
    site: Stack, idp: PlayedProvider, claims: dict[str, object]
) -> None:
    email = f"k{_email(site)}"
    await _known(site, email)
    told = {"email": email, **claims}
    if told["email"] == "KELVIN":
        told["email"] = email.replace("k", "\N{KELVIN SIGN}", 1)
    idp.person(email, **told)
    with pytest.raises(IdentityError) as stopped:
        await _finish(_sign_in(site), idp, email)
    assert stopped.value.fault is IdentityFault.UNVERIFIED
    assert site.door.sql("SELECT count(*) FROM user_identities WHERE subject = %s", email) == [(0,)]


async def test_a_new_person_comes_as_the_sign_up_mode_says(site: Stack, idp: PlayedProvider) -> None:
    account = site.name()
    await _known(site, _email(site))
    owner = await site.person(account=account)
    (account_id,) = site.door.sql("SELECT id FROM accounts WHERE name = %s", account)[0]
    for mode in ("off", "invite"):
        email = _email(site)
        idp.person(email, email=email, email_verified=True, name="<b>New One</b>")
        with pytest.raises(IdentityError) as stopped:
            await _finish(_sign_in(site, signup=mode), idp, email)
        assert stopped.value.sentence("Acme").startswith(f"Nobody has invited {email} here. Ask an owner")
        await site.links.invite(email, account_id=account_id, role=Role.VIEWER)
        await _finish(_sign_in(site, signup=mode), idp, email)
        own = site.door.sql(
            "SELECT name, role FROM users JOIN memberships ON user_id = id WHERE email = %s AND account_id = %s",
            email,
            account_id,
        )
        assert own == [("<b>New One</b>", "viewer")]
    async with site.client(owner) as client:
        assert "&lt;b&gt;New One" in (await client.get("/app/settings/members")).text
    email = _email(site)
    idp.person(email, email=email, email_verified="true")
    # Where everybody may come, an invitation that a stranger made leads nowhere unless it is followed.
    await site.links.invite(email, account_id=account_id, role=Role.OWNER)
    await _finish(_sign_in(site, signup="open"), idp, email)
    wanted = (
        "SELECT name, balance FROM accounts JOIN memberships ON account_id = accounts.id JOIN users u ON user_id = u.id"
    )
    assert site.door.sql(f"{wanted} WHERE email = %s".replace("SELECT name", "SELECT accounts.name"), email) == [
        (email, 50)
    ]
    for other, fault in (
        (email.replace("@", "+x@"), IdentityFault.KNOWN_MAILBOX),
        ("jane@mailinator.com", IdentityFault.DISPOSABLE),
    ):
        idp.person(other, email=other, email_verified=True)
        with pytest.raises(IdentityError) as stopped:
            await _finish(_sign_in(site, signup="open"), idp, other)
        assert stopped.value.fault is fault
        assert site.door.sql("SELECT count(*) FROM users WHERE email = %s", other) == [(0,)]


async def test_an_invitation_is_followed_by_the_provider(site: Stack, idp: PlayedProvider) -> None:
    first, second = (await site.person()).account, (await site.person()).account
    ids = [site.door.sql("SELECT id FROM accounts WHERE name = %s", name)[0][0] for name in (first, second)]
    email = _email(site)
    idp.person(email, email=email, email_verified=True)
    idp.person("stranger", email=_email(site), email_verified=True)
    path = link_path(LinkKind.INVITE, await site.links.invite(email, account_id=ids[0], role=Role.MEMBER))
    async with site.client() as client:
        wrong = await client.get(idp.confirm(await _begin(client, path), "stranger"))
        assert (wrong.status_code, "for another address" in wrong.text) == (422, True)
        assert await _enter(client, idp, email, path) == "/app"
        assert first in (await client.get("/app")).text
        assert (await client.get(path)).status_code == 410
    # A person without a password is asked for the provider's proof: whoever has the link sets no password of theirs.
    path = link_path(LinkKind.INVITE, await site.links.invite(email, account_id=ids[1], role=Role.OWNER))
    async with site.client() as client:
        page = (await client.get(path)).text
        assert "You have no password here: Acme proves that it is you" in page
        assert "New password" not in page
        sent = {"csrf": token_of(page), "password": PASSWORD, "again": PASSWORD}
        assert "do not fit" in (await client.post(path, data=sent)).text
        url = await _begin(client, path)
        site.door.sql("UPDATE entry_links SET used_at = now() WHERE email = %s", email)
        assert (await client.get(idp.confirm(url, email))).status_code == 410
    assert site.door.sql("SELECT password_hash FROM users WHERE email = %s", email) == [(None,)]


async def test_a_log_in_is_used_once_in_its_browser_within_ten_minutes(site: Stack, idp: PlayedProvider) -> None:
    email = _email(site)
    await _known(site, email)
    idp.person(email, email=email, email_verified=True)
    async with site.client() as client, site.client() as other:
        await other.get("/app/login")
        back = idp.confirm(await _begin(client), email)
        # Another browser, such as one that is led to a log-in of somebody else, is not signed in, and uses nothing up.
        for browser in (other, site.client()):
            stopped = await browser.get(back)
            assert (stopped.status_code, "begun in another browser" in stopped.text) == (422, True)
            assert SESSION_COOKIE not in stopped.cookies
        before = dict(client.cookies)
        entered = await client.get(back)
        assert entered.status_code == 303
        secret = entered.cookies[SESSION_COOKIE]
        assert secret not in before.values()
        assert "begun in another browser" in (await client.get(back)).text
        client.cookies.clear()
        late = idp.confirm(await _begin(client), email)
        site.door.sql("UPDATE begun_log_ins SET expires_at = now() - interval '1 second'")
        assert "took more than 10 minutes" in (await client.get(late)).text
        # What a person brings back is made up: a code of nobody, no code, another issuer, an error with markup.
        for change, status, words in (
            ({"code": "made-up"}, 422, "begun in another browser"),
            ({"code": ""}, 422, "cannot work with Acme"),
            ({"iss": "https://evil.example"}, 422, "did not prove who you are"),
            ({"error": "access_denied", "error_description": "<script>"}, 403, "did not confirm the log-in"),
            ({"error": "<script>"}, 422, "cannot work with Acme"),
            ({"error": "temporarily_unavailable"}, 503, "does not answer just now"),
        ):
            stopped = await client.get(with_query(idp.confirm(await _begin(client), email), **change))
            assert (stopped.status_code, words in stopped.text) == (status, True), change
            assert "<script>" not in stopped.text.replace("<script src", "")
            assert stopped.headers["referrer-policy"] == "no-referrer"
        assert site.door.sql("SELECT count(*) FROM begun_log_ins") == [(0,)]


async def test_the_codes_of_two_log_ins_in_one_browser_cannot_be_exchanged(site: Stack, idp: PlayedProvider) -> None:
    mine, theirs = _email(site), _email(site)
    for email in (mine, theirs):
        await _known(site, email)
        idp.person(email, email=email, email_verified=True)
    async with site.client() as client:
        first, second = await _begin(client), await _begin(client)
        code = httpx.URL(idp.confirm(second, theirs)).params["code"]
        # The verifier is that of the first.
        stopped = await client.get(with_query(idp.confirm(first, mine), code=code))
        assert "begun in another browser" in stopped.text


async def test_a_person_who_is_locked_out_stays_out_and_members_of_a_suspended_account_read_why(
    site: Stack, idp: PlayedProvider
) -> None:
    email = _email(site)
    account = await _known(site, email)
    idp.person(email, email=email, email_verified=True)
    async with site.client() as client:
        for _ in range(2):
            site.door.sql("UPDATE users SET disabled_at = now() WHERE email = %s", email)
            stopped = await client.get(idp.confirm(await _begin(client), email))
            assert (stopped.status_code, "locked out of this installation" in stopped.text) == (422, True)
            site.door.sql("UPDATE users SET disabled_at = NULL WHERE email = %s", email)
            await _enter(client, idp, email)
            client.cookies.clear()
        site.door.sql("UPDATE accounts SET suspended_at = now(), suspension = 'unpaid' WHERE name = %s", account)
        await _enter(client, idp, email)
        assert "unpaid" in (await client.get("/app")).text


async def test_a_wrong_secret_and_a_provider_that_is_away_are_said(site: Stack, idp: PlayedProvider) -> None:
    email = _email(site)
    with pytest.raises(IdentityError) as stopped:
        await _finish(_sign_in(site, oidc_client_secret="not this one"), idp, email)
    assert "LEADRUN_OIDC_CLIENT_SECRET" in stopped.value.sentence("Acme")
    async with site.client() as client:
        url = await _begin(client)
        idp.spoil = answering("/oauth2/token", lambda body: body, status=502)
        page = await client.get(idp.confirm(url, email))
        assert (page.status_code, "does not answer just now" in page.text) == (503, True)
    assert idp.asked[-1] == "POST /oauth2/token"


async def test_without_a_provider_there_is_no_button_and_no_page(stack: Stack) -> None:
    async with stack.client() as client:
        page = (await client.get("/app/login")).text
        assert "Continue with" not in page
        assert (await client.get("/app/oidc/callback?state=x&code=y")).status_code == 404
        assert (await client.post("/app/oidc", data={"csrf": token_of(page)})).status_code == 404


async def test_a_browser_goes_to_the_provider_and_comes_back(
    browser: Browser, site: Stack, idp: PlayedProvider
) -> None:
    email = _email(site)
    account = await _known(site, email)
    idp.person(email, email=email, email_verified=True)
    context = await enter(browser, site, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/login?next=/app/runs")
    await check_page(page)
    await page.get_by_role("button", name="Continue with Acme").click()
    await page.locator("input[name=sub]").fill(email)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/app/runs")
    assert account in await page.content()
    await context.close()
    assert wrong == []
