"""A key that travels in the URL: whatever goes wrong, it is in no log line, metric, error or attempt."""

import asyncio
import io
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from prometheus_client import generate_latest

from app.domain.contacts.contact import Contact
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import Mode
from app.logs import mask
from app.providers.client.client import ProviderClient
from app.providers.declaration.spec import Spec
from app.providers.setup.registry import load_specs
from app.services import open_services
from app.settings.settings import ProviderSettings, Settings
from app.store.waterfall import attempts
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from app.usecases.waterfall.run_cascade import RunCascade
from tests.providers.whole import lease
from tests.providers.wire import Wire, answer

# As long as a real one, and of letters that appear nowhere by themselves.
KEY = "zq7Kx0Vw9Jp3Rt5Ys1Lm"
JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")
FOUND = b'{"email": "jane.smith@acme.example", "status": "valid"}'


async def hang(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(30)


async def drop(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection."""
    writer.transport.abort()


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(answer(FOUND), id="found"),
        pytest.param(answer(b'{"code": 3, "message": "bad"}', "400 Bad Request"), id="bad input"),
        pytest.param(answer(b'{"code": 16, "message": "apiId is not valid"}', "401 Unauthorized"), id="refused key"),
        pytest.param(answer(b"{}", "429 Too Many Requests", "Retry-After: 60"), id="throttled"),
        pytest.param(answer(b"no", "500 Internal Server Error"), id="server error"),
        pytest.param(answer(b"<html>no</html>"), id="malformed"),
        pytest.param(b"220 not HTTP\r\n\r\n", id="not HTTP"),
        pytest.param(answer(b"", "302 Found", f"Location: http://127.0.0.1:1/?apiId={KEY}"), id="redirect"),
        pytest.param(answer(f'{{"code": 13, "message": "?apiId={KEY}"}}'.encode(), "502 Bad Gateway"), id="repeated"),
        pytest.param(hang, id="timeout"),
        pytest.param(drop, id="broken off"),
        pytest.param(None, id="nobody there"),
    ],
)
async def test_the_key_of_datagma_is_nowhere_to_be_read(
    settings: Settings,
    part: bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None,
    loud: io.StringIO,
) -> None:
    wire = Wire(part or b"")
    async with wire.listening() as url:
        if part is not None:
            kept = await look_up(settings, url)
    if part is None:
        kept = await look_up(settings, url)
    written = loud.getvalue()

    if part is not None:
        assert any(f"apiId={KEY}".encode() in head for head in wire.heads), "it was sent"
    for what in (written, generate_latest().decode(), kept):
        assert KEY not in what
    assert "attempt" in kept


async def look_up(settings: Settings, url: str) -> str:
    """Run a cascade, and make the account call; returns all that is kept or shown of it."""
    own = ProviderSettings(api_key=KEY, base_url=url)
    changed = msgspec.structs.replace(settings, providers={"datagma": own}, provider_timeout_seconds=0.5)
    async with open_services(changed) as services:
        key = await ManageKeys(services).create(account="acme", mode=Mode.LIVE, amount=10)
        principal = await Authenticator(services)(key.api_key)
        submission = Submission(principal=principal, contact=JANE, options=LookupOptions(only_providers=("datagma",)))
        (accepted,) = await Submit(services)([submission])
        assert accepted.run.cascade_id
        await RunCascade(services, lambda: False)(await lease(services, accepted.run.cascade_id))
        client, entry = ProviderClient(http=services.http, clock=services.clock), services.registry.entry("datagma")
        assert entry
        try:
            async with asyncio.timeout(1):
                told = repr(await client.check(entry))
        except TimeoutError as error:
            told = repr(error)
        async with services.engine.connect() as connection:
            stored = await attempts.stored(connection, [accepted.run.cascade_id])
            lines = await attempts.list_views(connection, accepted.run.cascade_id)
    return f"attempt {stored!r} {lines!r} {told}"


@pytest.mark.parametrize("spec", [pytest.param(s, id=s.slug) for s in load_specs() if s.auth.query])
def test_a_key_in_a_query_is_masked_by_its_name(spec: Spec) -> None:
    for name in spec.auth.query:
        assert KEY not in mask(f"HTTP Request: GET https://api.vendor.example/find?name=Jane&{name}={KEY}")
