"""Look-ups as client libraries make them, each next to ours, and the server on loopback that watches both."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
import rocketreach
import snovio
from aiohttp import web
from pyhunter import PyHunter
from tomba.client import Client as TombaClient
from tomba.services.account import Account
from tomba.services.finder import Finder
from tomba.services.phone import Phone

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from tests.providers.replay import KEY

SECRET, TOKEN = "secret-of-the-tests", "token-of-the-tests"
PROFILE, EMAIL = "https://www.linkedin.com/in/jane-smith-42", "jane.smith@acme.example"
NAMES = {"first_name": "Jane", "last_name": "Smith"}
AT_DOMAIN = Contact(**NAMES, company_domain="acme.example")
AT_COMPANY = Contact(**NAMES, company_name="Acme")
AT_LINKEDIN = Contact(linkedin_url=PROFILE)
BOTH = {"required": "work_email OR mobile_phone", "data_include": "work_email,mobile_phone"}
WORK = {"required": "work_email", "data_include": "work_email"}
MOBILE = {"required": "mobile_phone", "data_include": "mobile_phone"}
# What every call is answered with, unless a row says otherwise: enough for each library to go on.
ANSWER = {"id": 7, "status": "complete", "data": {}, "access_token": TOKEN, "expires_in": 3600, "balance": 1}
REVEAL = frozenset({"reveal_professional_email", "reveal_phone", "return_cached_emails"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request that arrived: its members without credentials, and where the credentials were."""

    method: str
    path: str
    members: Mapping[str, Any]
    credentials: frozenset[str]


@dataclass(kw_only=True)
class Vendor:
    """A vendor that writes down what it is asked."""

    answers: tuple[object, ...]
    url: str = ""
    seen: list[Seen] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Write the request down."""
        body = await request.read()
        is_form = request.content_type == "application/x-www-form-urlencoded"
        sent = dict(parse_qsl(body.decode())) if is_form else msgspec.json.decode(body or b"{}")
        places = [("query", dict(request.query)), ("body", sent), ("header", dict(request.headers))]
        secret = [
            (place, name)
            for place, members in places
            for name, value in members.items()
            if any(word in str(value) for word in (KEY, SECRET, TOKEN))
        ]
        members = {
            name: value for place, values in places[:2] for name, value in values.items() if (place, name) not in secret
        }
        found = frozenset(f"{place} {name.lower()}" for place, name in secret)
        self.seen.append(Seen(method=request.method, path=request.path, members=members, credentials=found))
        return web.json_response(self.answers[min(len(self.seen), len(self.answers)) - 1])


@asynccontextmanager
async def listening(*answers: object) -> AsyncIterator[Vendor]:
    vendor, application = Vendor(answers=answers), web.Application()
    application.router.add_route("*", "/{tail:.*}", vendor.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    vendor.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vendor
    finally:
        await runner.cleanup()


@dataclass(frozen=True, kw_only=True)
class Row:
    """The same look-up, asked by a library and by us.

    Attributes:
        theirs: Asks through the library, given the vendor's address.
        contact: Whom we ask for; None is the free account call.
        call: Which of our calls is compared.
        paths: Theirs and ours below the base URL, where these are not the same.
        extra: Members of ours that the library has no parameter for.
        auth: Where the vendor gets the credentials, from the library and from us; both ways are documented.
        answers: To our calls.
    """

    slug: str
    theirs: Callable[[str], object]
    contact: Contact | None = None
    field: Field = Field.EMAIL
    fields: frozenset[Field] = frozenset()
    email: str | None = None
    call: int = 0
    paths: tuple[str, str] | None = None
    extra: frozenset[str] = frozenset()
    auth: tuple[frozenset[str], frozenset[str]]
    answers: tuple[object, ...] = (ANSWER,)


def hunter(url: str) -> PyHunter:
    client = PyHunter(KEY, max_retries=0)
    client.base_endpoint = url + "/{}"  # no parameter for it
    return client


def pdl(url: str) -> Any:
    # Its models are of pydantic's first generation, which ends with Python 3.13.
    library = pytest.importorskip("peopledatalabs", reason="peopledatalabs needs a Python before 3.14")
    return library.PDLPY(api_key=KEY, base_path=f"{url}/v5").person


def tomba(url: str) -> TombaClient:
    return TombaClient().set_endpoint(url).set_key(KEY).set_secret(SECRET)


def rocket(url: str) -> rocketreach.Gateway:
    _, host, port = url.replace("//", "").split(":")
    config = rocketreach.GatewayConfig(api_key=KEY, host=host, port=int(port), proto="http")
    gateway = rocketreach.Gateway(config)
    gateway.url_prefix = url  # our base URL ends in the version that the library adds
    return gateway


def snov(url: str) -> snovio.SnovioAPI:
    snovio.SNOVIO_API_URL = f"{url}/"  # no parameter for it; `restored` puts it back
    return snovio.SnovioAPI(client_id=KEY, client_secret=SECRET)


def row(name: str, slug: str, theirs: Callable[[str], object], contact: Contact | None = None, **more: Any) -> Any:
    return pytest.param(
        Row(slug=slug, theirs=theirs, contact=contact, auth=more.pop("auth", AUTH[slug]), **more), id=f"{slug}, {name}"
    )


def places(theirs: str, ours: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(theirs.split(", ")), frozenset(ours.split(", "))


AUTH = MappingProxyType(
    {
        "hunter": places("query api_key", "header x-api-key"),
        "peopledatalabs": places("query api_key", "header x-api-key"),
        "tomba": places("header x-tomba-key, header x-tomba-secret", "header x-tomba-key, header x-tomba-secret"),
        "rocketreach": places("header api-key", "header api-key"),
        "snovio": places("body client_id, body client_secret", "body client_id, body client_secret"),
    }
)
# The library asks the older family of endpoints, which has the same parameters for the person.
LOOKUP = {"paths": ("/person/lookup", "/universal/person/lookup"), "extra": REVEAL}
STATUS = {"paths": ("/person/checkStatus", "/universal/person/check_status")}
ROWS = (
    row("domain", "hunter", lambda u: hunter(u).email_finder(domain="acme.example", **NAMES, raw=True), AT_DOMAIN),
    row("company", "hunter", lambda u: hunter(u).email_finder(company="Acme", **NAMES, raw=True), AT_COMPANY),
    row("linkedin", "hunter", lambda u: hunter(u).email_finder(linkedin_handle="jane-smith-42", raw=True), AT_LINKEDIN),
    row("account", "hunter", lambda u: hunter(u).account_information(raw=True)),
    row("domain", "peopledatalabs", lambda u: pdl(u).enrichment(company="acme.example", **NAMES, **WORK), AT_DOMAIN),
    row("company", "peopledatalabs", lambda u: pdl(u).enrichment(company="Acme", **NAMES, **WORK), AT_COMPANY),
    row("linkedin", "peopledatalabs", lambda u: pdl(u).enrichment(profile=PROFILE, **WORK), AT_LINKEDIN),
    row(
        "phone",
        "peopledatalabs",
        lambda u: pdl(u).enrichment(profile=PROFILE, **MOBILE),
        AT_LINKEDIN,
        field=Field.PHONE,
    ),
    row(
        "both",
        "peopledatalabs",
        lambda u: pdl(u).enrichment(profile=PROFILE, **BOTH),
        AT_LINKEDIN,
        fields=frozenset(Field),
    ),
    row("domain", "tomba", lambda u: Finder(tomba(u)).email_finder("acme.example", "Jane", "Smith"), AT_DOMAIN),
    row("linkedin", "tomba", lambda u: Finder(tomba(u)).linkedin_finder(PROFILE), AT_LINKEDIN),
    row("phone", "tomba", lambda u: Phone(tomba(u)).finder(linkedin=PROFILE), AT_LINKEDIN, field=Field.PHONE),
    row(
        "phone by e-mail",
        "tomba",
        lambda u: Phone(tomba(u)).finder(email=EMAIL),
        AT_DOMAIN,
        field=Field.PHONE,
        email=EMAIL,
    ),
    row("account", "tomba", lambda u: Account(tomba(u)).get_account()),
    row(
        "company",
        "rocketreach",
        lambda u: rocket(u).person.lookup(name="Jane Smith", current_employer="Acme", block=False),
        AT_COMPANY,
        **LOOKUP,
    ),
    row(
        "linkedin",
        "rocketreach",
        lambda u: rocket(u).person.lookup(linkedin_url=PROFILE, block=False),
        AT_LINKEDIN,
        **LOOKUP,
    ),
    row(
        "status",
        "rocketreach",
        lambda u: rocket(u).person.check_status(7),
        AT_LINKEDIN,
        call=1,
        answers=({"id": 7, "status": "progress"}, [{"id": 7, "status": "failed"}]),
        **STATUS,
    ),
    row("account", "rocketreach", lambda u: rocket(u).account.get(), paths=("/account", "/universal/account/")),
    row("token", "snovio", snov, AT_DOMAIN),
    row(
        "balance",
        "snovio",
        lambda u: snov(u).get_balance(),
        call=1,
        auth=places("body access_token", "header authorization"),
    ),
)
