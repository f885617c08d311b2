"""The house without its doors: services on real databases, and an account that pays."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from app.domain.vocabulary import Mode
from app.services import Services
from app.settings.settings import Settings
from app.usecases.accounts.authenticate import Authenticator, Principal
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.batches.readers import Readers
from tests.kept import KeptDatabases, KeptServices
from tests.usecases.reading import children, end_others

MakePrincipal = Callable[..., Awaitable[Principal]]


@dataclass(frozen=True, kw_only=True)
class Paying:
    """Where tests begin: services and somebody who may submit."""

    services: Services
    principal: Principal


@pytest.fixture(scope="session")
async def kept_services(database_url: str, template_database: str, redis_url: str) -> AsyncIterator[KeptServices]:
    """The connections that the tests of a process share."""
    kept = KeptServices(KeptDatabases(database_url, template_database, redis_url))
    yield kept
    await kept.close()


@pytest.fixture
async def kept(kept_services: KeptServices) -> AsyncIterator[KeptServices]:
    """Empty databases; behind the test they are emptied again."""
    yield kept_services
    await kept_services.empty()


@pytest.fixture
def settings(kept: KeptServices) -> Settings:
    """Settings that point at them, everything else at its default."""
    return kept.settings


@pytest.fixture
async def services(kept: KeptServices) -> Services:
    """The services of one process."""
    return await kept.take()


@pytest.fixture
def make_principal(services: Services) -> MakePrincipal:
    """Makes a key and returns who it is."""

    async def make(
        *, account: str = "acme", plan: str = "leadmodule", mode: Mode = Mode.LIVE, amount: int = 100
    ) -> Principal:
        made = await ManageKeys(services).create(account=account, plan=plan, mode=mode, amount=amount)
        return await Authenticator(services)(made.api_key)

    return make


@pytest.fixture
async def paying(services: Services, make_principal: MakePrincipal) -> Paying:
    """An account with 100 credits."""
    return Paying(services=services, principal=await make_principal())


@pytest.fixture(autouse=True)
def no_other_readers(request: pytest.FixtureRequest) -> None:
    """Leave the tests of reading alone with their own processes."""
    if "read" in request.node.path.name:
        end_others()


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    """Readers that read all but empty files in processes."""
    readers = Readers(small_bytes=0, body_seconds=60.0)
    yield readers
    await readers.close()
    assert not children()
