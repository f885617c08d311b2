"""How tests sign people in by the identity provider: by the pages, or by the use case alone."""

import re
from html import unescape

import httpx
import msgspec

from app.domain.people.role import Role
from app.openid.provider import IdentityProvider
from app.redis.sliding_window import Limiter
from app.usecases.people.manage_people import ManagePeople
from app.usecases.people.provider_sign_in import ProviderAnswerGiven, ProviderSession, ProviderSignIn
from app.usecases.people.sign_in import SignIn
from tests.play.identity_provider import PlayedProvider
from tests.web.stack import PASSWORD, Stack


def new_email(site: Stack) -> str:
    return f"{site.name('who').replace(' ', '')}@acme.example"


async def known_person(site: Stack, email: str) -> str:
    account = site.name()
    await ManagePeople(site.services).create(email, PASSWORD, account=account, role=Role.OWNER)
    return account


async def begin(client: httpx.AsyncClient, path: str = "/app/login") -> str:
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


async def enter_by(client: httpx.AsyncClient, idp: PlayedProvider, subject: str, path: str = "/app/login") -> str:
    """Sign in by the provider; returns where it leads."""
    answer = await client.get(idp.confirm(await begin(client, path), subject))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def provider_sign_in(site: Stack, **settings: object) -> ProviderSignIn:
    services = msgspec.structs.replace(
        site.services, settings=msgspec.structs.replace(site.services.settings, **settings)
    )
    sign_in = SignIn(services, Limiter(services.redis, name="test", monotonic=services.clock.monotonic))
    return ProviderSignIn(services, IdentityProvider(services.settings, services.clock), sign_in)


async def finish(signing: ProviderSignIn, idp: PlayedProvider, subject: str) -> ProviderSession:
    """The same without pages, so that an installation of other settings needs no server."""
    url = await signing.begin("a browser", goes_on="/app", invitation="", address="192.0.2.1")
    given = httpx.URL(idp.confirm(url, subject)).params
    answer = ProviderAnswerGiven(state=given["state"], code=given["code"], issuer="", error="")
    return await signing.finish("a browser", answer, address="192.0.2.1", agent="a test")
