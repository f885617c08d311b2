"""One stack and one browser for all tests of the app in a process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from app.front import make_front
from app.services import open_services
from app.serving import listen
from app.settings.settings import ProviderSettings, Settings
from app.web.frame.security import SESSION_COOKIE
from tests.api.door import Door, opened
from tests.databases import new_database
from tests.play.account_call import AccountCall, played_account_call
from tests.play.identity_provider import PlayedProvider, played_provider
from tests.servers import kept_redis, settings_of
from tests.web.stack import Person, Stack

CHROMIUM = Path("/usr/bin/chromium")
IS_THERE = CHROMIUM.exists()


@pytest.fixture(scope="session")
def front(database_url: str, template_database: str, redis_url: str) -> Iterator[Door]:
    """The API and the app on one port."""
    with new_database(database_url, template_database) as url:
        settings: Settings = settings_of(url, kept_redis(redis_url))
        with opened(settings, make=make_front) as door:
            yield door


@pytest.fixture(scope="session")
async def stack(front: Door) -> AsyncIterator[Stack]:
    async with open_services(front.settings) as services:
        yield Stack(front, services)


@pytest.fixture(scope="session")
def idp() -> Iterator[PlayedProvider]:
    with played_provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def account_call() -> Iterator[AccountCall]:
    """Hunter's account call, as the installation with an identity provider reaches it."""
    with played_account_call() as played:
        yield played


@pytest.fixture(scope="session")
def idp_front(
    database_url: str, template_database: str, redis_url: str, idp: PlayedProvider, account_call: AccountCall
) -> Iterator[Door]:
    """The app of an installation with an identity provider, with a key of Hunter, and with a sandbox."""
    listener = listen("127.0.0.1", 0)
    public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    client_id, secret = idp.register(f"{public_url}/app/oidc/callback")
    with new_database(database_url, template_database) as url:
        settings = msgspec.structs.replace(
            settings_of(url, kept_redis(redis_url)),
            public_url=public_url,
            oidc_issuer=idp.url,
            oidc_client_id=client_id,
            oidc_client_secret=secret,
            oidc_name="Acme",
            sandbox_url="http://127.0.0.1:9",
            providers={"hunter": ProviderSettings(api_key="key-of-the-operator", base_url=account_call.url)},
        )
        with opened(settings, make=make_front, listener=listener) as door:
            yield door


@pytest.fixture
async def site(idp_front: Door, idp: PlayedProvider) -> AsyncIterator[Stack]:
    """That installation, whose provider answers as it should."""
    idp.as_at_first()
    async with open_services(idp_front.settings) as services:
        await services.redis.flushdb()
        yield Stack(idp_front, services)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not IS_THERE:
        pytest.skip(f"needs Chromium at {CHROMIUM}")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        await chromium.close()


async def enter(browser: Browser, stack: Stack, person: Person | None = None, **options: object) -> BrowserContext:
    """Open a window in which a person is signed in; close it at the end of the test."""
    context = await browser.new_context(base_url=stack.url, **options)  # type: ignore[arg-type]
    if person:
        await context.add_cookies([{"name": SESSION_COOKIE, "value": person.secret, "url": f"{stack.url}/app"}])
    return context
