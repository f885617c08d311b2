"""Sign-up by a proven address, forgotten passwords, and mailed invitations, with a real mail server."""

from collections.abc import AsyncIterator, Iterator

import httpx
import msgspec
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.people.role import Role
from app.front import make_front
from app.mail import Letter, MailError, send
from app.services import open_services
from app.settings.settings import Settings
from app.usecases.people.links import LinkKind, link_path
from app.usecases.people.manage_people import ManagePeople
from tests.api.door import Door, opened
from tests.databases import new_database
from tests.play.mail_server import MailServer, mail_server
from tests.servers import kept_redis, settings_of
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import PASSWORD, Stack, token_of

AWAY = "could not be sent just now"


@pytest.fixture(scope="module")
def post() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def open_front(database_url: str, template_database: str, redis_url: str, post: MailServer) -> Iterator[Door]:
    """The app of an installation where everybody may sign up."""
    with new_database(database_url, template_database) as url:
        settings = msgspec.structs.replace(
            settings_of(url, kept_redis(redis_url)),
            signup="open",
            smtp_url=post.url,
            mail_from="leadrun@acme.example",
            public_url="http://leads.acme.example",
        )
        with opened(settings, make=make_front) as door:
            yield door


@pytest.fixture
async def site(open_front: Door, post: MailServer) -> AsyncIterator[Stack]:
    """That installation, whose mail server takes everything again, and whose limits are as at first."""
    post.answer = None
    async with open_services(open_front.settings) as services:
        await services.redis.flushdb()
        yield Stack(open_front, services)


async def _send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    token = token_of((await client.get(path)).text)
    return await client.post(path, data={"csrf": token, **fields})


async def _ask(site: Stack, email: str, path: str = "/app/signup") -> httpx.Response:
    async with site.door.client() as client:
        return await _send(client, path, email=email)


def _new(site: Stack) -> str:
    return f"{site.name('max').replace(' ', '')}@acme.example"


async def test_a_proven_address_opens_one_account_with_credits_once(site: Stack, post: MailServer) -> None:
    email = _new(site)
    assert "A mail is on its way" in (await _ask(site, email.upper())).text
    (first,) = post.links(email)
    await _ask(site, email)
    (second,) = post.links(email)
    async with site.client() as client:
        opened = await _send(client, first, name="Max", password=PASSWORD, again=PASSWORD)
        assert (opened.status_code, opened.headers["location"]) == (303, "/app")
        home = (await client.get("/app")).text
        assert "<b>50</b> credits" in home
        assert "You are owner here" in home
    async with site.client() as client:
        assert (await client.get(first)).status_code == 410
        refused = await _send(client, second, password=PASSWORD, again=PASSWORD)
        assert refused.status_code == 410
    # Another spelling reaches the same mailbox.
    other = email.replace("@", "+more@")
    await _ask(site, other)
    assert post.links(other) == ["/app/login", "/app/forgot"]
    async with site.client() as client:
        link = link_path(LinkKind.SIGNUP, await site.links.sign_up(other))
        assert (await _send(client, link, password=PASSWORD, again=PASSWORD)).status_code == 410
    granted = site.door.sql(
        "SELECT kind, amount FROM credit_entries JOIN accounts a ON a.id = account_id WHERE a.name LIKE %s",
        f"{email.partition('@')[0]}%",
    )
    assert granted == [("grant", 50)]
    noted = site.door.sql("SELECT DISTINCT action FROM audit_entries WHERE actor = %s", email)
    assert {action for (action,) in noted} >= {"credits.added", "member.joined", "person.signed-in"}


@pytest.mark.parametrize("path", ["/app/signup", "/app/forgot"])
async def test_the_answer_does_not_say_whether_an_address_is_known(site: Stack, post: MailServer, path: str) -> None:
    known, unknown = _new(site), _new(site)
    await ManagePeople(site.services).create(known, PASSWORD, account=site.name(), role=Role.OWNER)
    for answer in (None, "550 No such mailbox", "451 Later"):
        post.answer = answer
        pages = [
            (one.status_code, one.text.replace(email, ""))
            for email in (known, unknown)
            for one in [await _ask(site, email, path)]
        ]
        assert pages[0][0] == pages[1][0]
        assert _without_token(pages[0][1]) == _without_token(pages[1][1])
    assert [letter["To"] for letter in post.letters[-2:]] == [known, unknown]


def _without_token(page: str) -> str:
    return page.replace(token_of(page), "") if 'name="csrf"' in page else page.partition("hx-headers")[0]


async def test_a_forgotten_password_is_set_by_the_mail_alone(site: Stack, post: MailServer) -> None:
    email = _new(site)
    await ManagePeople(site.services).create(email, PASSWORD, account=site.name(), role=Role.OWNER)
    async with site.client() as client:
        # The links lead to the address of the settings, whatever host a request names.
        client.headers["host"] = "evil.example"
        await _send(client, "/app/forgot", email=email)
    assert "http://leads.acme.example/app/reset/" in post.letters[-1].get_content()
    (link,) = post.links(email)
    async with site.client() as client:
        answer = await _send(client, link, password="another password", again="another password")
        assert answer.status_code == 303
    site.door.sql("UPDATE users SET disabled_at = now() WHERE email = %s", email)
    await _ask(site, email, "/app/forgot")
    assert post.links(email) == []


@pytest.mark.parametrize(
    ("email", "fault"),
    [
        ("jane", "Must be an e-mail address"),
        ("jane@mailinator.com", "disposable mail service"),
        ("jane@eu.mailinator.com", "disposable mail service"),
        ("", "Must not be empty"),
        ("jane@acme.example\r\nBcc: all@acme.example", "Must be an e-mail address"),
    ],
)
async def test_no_mail_goes_to_what_is_no_lasting_address(
    site: Stack, post: MailServer, email: str, fault: str
) -> None:
    before = len(post.letters)
    answer = await _ask(site, email)
    assert answer.status_code == 422
    assert fault in answer.text
    assert len(post.letters) == before


async def test_a_mailbox_gets_few_mails_and_a_client_asks_for_few(site: Stack, post: MailServer) -> None:
    email, before = _new(site), len(post.letters)
    spellings = [email.replace("@", f"+{n}@") for n in range(5)]
    paths = ["/app/signup", "/app/forgot"] * 2 + ["/app/signup"]
    answers = [await _ask(site, one, path) for one, path in zip(spellings, paths, strict=True)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [422]
    assert "too many mails" in answers[-1].text
    others = [await _ask(site, _new(site)) for _ in range(16)]
    assert [answer.status_code for answer in others] == [200] * 15 + [422]
    assert len(post.letters) == before + 19


async def test_a_mail_that_fails_is_said_and_nothing_is_lost(site: Stack, post: MailServer) -> None:
    email = _new(site)
    for post.answer, sentence in (("550 No", "refused this address"), ("451 Later", AWAY)):
        page = await _ask(site, email)
        assert (page.status_code, sentence in page.text) == (422, True)
        assert f'value="{email}"' in page.text
    post.answer = None
    assert (await _ask(site, email)).status_code == 200
    assert len(post.links(email)) == 1


async def test_invitations_and_resets_are_mailed_or_shown_where_that_fails(site: Stack, post: MailServer) -> None:
    owner = await site.person(operator=True)
    user = site.door.sql("SELECT id FROM users WHERE email = %s", owner.email)[0][0]
    invited = {"email": _new(site), "role": "viewer", "account": owner.account}
    async with site.client(owner) as client:
        for path, fields, to, kind in (
            ("/app/settings/invites", invited, invited["email"], "invite"),
            ("/app/operator/users", invited, invited["email"], "invite"),
            (f"/app/operator/users/{user}", {"do": "reset"}, owner.email, "reset"),
        ):
            post.answer = None
            page = (await client.post(path, data=fields)).text
            assert "a mail is on its way" in page
            assert f"/app/{kind}/" not in page
            assert post.links(to)[0].startswith(f"/app/{kind}/")
            post.answer = "451 Later"
            page = (await client.post(path, data=fields)).text
            assert AWAY in page
            assert f"http://leads.acme.example/app/{kind}/" in page


async def test_where_people_are_invited_nobody_signs_up(stack: Stack) -> None:
    async with stack.client() as client:
        assert "/app/signup" not in (await client.get("/app/login")).text
        page = await client.get("/app/signup")
        assert "by invitation" in page.text
        assert "sends no mail" in (await client.get("/app/forgot")).text
        for path in ("/app/signup", "/app/forgot"):
            data = {"csrf": token_of((await client.get("/app/login")).text), "email": "jane@acme.example"}
            assert "switched off" in (await client.post(path, data=data)).text
        link = link_path(LinkKind.SIGNUP, await stack.links.sign_up("jane@acme.example"))
        assert (await client.get(link)).status_code == 410


async def test_a_password_never_goes_to_a_mail_server_without_tls(site: Stack, post: MailServer) -> None:
    secret = post.url.replace("//", "//jane:secret@")
    settings: Settings = msgspec.structs.replace(site.door.settings, smtp_url=secret)
    letter = Letter(kind="test", to="jane@acme.example", subject="x", text="x")
    with pytest.raises(MailError, match=AWAY):
        await send(settings, letter)
    assert post.logins == 0
    with pytest.raises(MailError, match=AWAY):
        await send(msgspec.structs.replace(settings, smtp_url="smtp://127.0.0.1:1"), letter)


async def test_the_pages_of_sign_up_have_no_barrier(browser: Browser, site: Stack, post: MailServer) -> None:
    email = _new(site)
    context = await enter(browser, site, viewport=ViewportSize(width=390, height=800), color_scheme="dark")
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/login")
    await check_page(page)
    await page.get_by_role("link", name="Forgot your password?").click()
    await check_page(page)
    await page.goto("/app/signup")
    await check_page(page)
    await page.keyboard.type(email)
    await page.keyboard.press("Enter")
    await page.get_by_text("A mail is on its way").wait_for()
    await check_page(page)
    await page.set_viewport_size(ViewportSize(width=1280, height=800))
    await page.emulate_media(color_scheme="light")
    await page.goto(post.links(email)[0])
    await check_page(page)
    await context.close()
    assert wrong == []
