"""Dependencies of the pages: the use cases and services of the process, shared with the API."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from app.domain.accounts.client_address import TrustedProxies
from app.egress import Vetting
from app.providers.setup.registry import Registry
from app.services import Services
from app.usecases.accounts.account_places import AccountPlaces
from app.usecases.accounts.authenticate import Principal
from app.usecases.accounts.waterfalls import Waterfalls
from app.usecases.batches.read import ReadBatches
from app.usecases.batches.readers import Readers
from app.usecases.batches.upload import UploadBatch
from app.usecases.figures.kept_figures import KeptFigures
from app.usecases.figures.month import ReadMonth
from app.usecases.figures.read_usage import ReadUsage
from app.usecases.people.links import EntryLinks
from app.usecases.people.mailed_links import MailedLinks
from app.usecases.people.manage_people import ManagePeople
from app.usecases.people.provider_sign_in import ProviderSignIn
from app.usecases.people.sign_in import SignIn
from app.usecases.runs.read import ReadRuns
from app.usecases.runs.read_jobs import ReadJobs
from app.usecases.runs.submit import Submit
from app.usecases.waterfall.estimate import EstimateDuration
from app.usecases.webhooks.manage_deliveries import ManageDeliveries
from app.usecases.webhooks.manage_endpoints import ManageEndpoints

CHECK_SECONDS = 15.0


class WebDependencies(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases behind the pages.

    Attributes:
        take_place: Takes a place of a key's rate limit, or raises `RateLimitedError`.
        provider: Signs people in by an identity provider; None where none is set.
        check_seconds: So often a stream is looked after: whether its session lives, and a sign of life for proxies.
        ahead: Takes what a thread is to do once the process serves.
        stopping: Set when the process is asked to end; streams then end at once.
    """

    services: Services
    submit: Submit
    waterfalls: Waterfalls
    take_place: Callable[[Principal], Awaitable[None]]
    places: AccountPlaces
    readers: Readers
    watch: ReadRuns
    watch_jobs: ReadJobs
    receive_batch: UploadBatch
    watch_batches: ReadBatches
    endpoints: ManageEndpoints
    deliveries: ManageDeliveries
    vetting: Vetting
    registry: Registry
    trusted_proxies: TrustedProxies
    sign_in: SignIn
    provider: ProviderSignIn | None
    links: EntryLinks
    mail: MailedLinks
    people: ManagePeople
    month: ReadMonth
    usage: ReadUsage
    figures: KeptFigures
    estimates: EstimateDuration
    check_seconds: float = CHECK_SECONDS
    ahead: list[Callable[[], None]]
    stopping: asyncio.Event
