"""Dependencies of the handlers: the use cases and services of the process, opened once."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec
from litestar.types import Scope

from app.api.http.rate_limits import WINDOW_SECONDS, RateLimits
from app.background import end_background, start_background
from app.domain.accounts.client_address import TrustedProxies
from app.domain.contacts.public_suffix import read_lists
from app.domain.vocabulary import Mode
from app.domain.webhooks.ip_policy import parse_networks
from app.egress import Vetting
from app.providers.setup.registry import Registry
from app.redis.notifications import Notifications
from app.redis.processes import GiveSigns
from app.redis.sliding_window import Limiter
from app.services import Services, open_services
from app.serving import Beginnings, Turns
from app.settings.settings import Settings
from app.usecases.accounts.account_places import AccountPlaces
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.watch_keys import WatchKeys
from app.usecases.accounts.waterfalls import Waterfalls
from app.usecases.batches.read import ReadBatches
from app.usecases.batches.readers import Readers
from app.usecases.batches.upload import UploadBatch
from app.usecases.planning.simulate import SimulateWaterfall
from app.usecases.providers.switches import ProviderSwitches
from app.usecases.runs.idempotency import IdempotentRequest
from app.usecases.runs.read import ReadRuns
from app.usecases.runs.read_jobs import ReadJobs
from app.usecases.runs.submit import Submit
from app.usecases.runs.submit_job import SubmitJob
from app.usecases.waterfall.estimate import EstimateDuration
from app.usecases.webhooks.manage_deliveries import ManageDeliveries
from app.usecases.webhooks.manage_endpoints import ManageEndpoints

# So long after the start: others start at the same time.
AHEAD_SECONDS = 1.0


class Dependencies(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases behind the API.

    Attributes:
        ahead: What a thread does once the process serves, so that no request holds the others up for it.
        stopping: Set when the process is asked to end; waiting requests then answer at once.
    """

    services: Services
    authenticate: Authenticator
    key_watch: WatchKeys
    waterfalls: Waterfalls
    submit: Submit
    submit_job: SubmitJob
    idempotent: IdempotentRequest
    watch: ReadRuns
    watch_jobs: ReadJobs
    receive_batch: UploadBatch
    watch_batches: ReadBatches
    simulate: SimulateWaterfall
    endpoints: ManageEndpoints
    deliveries: ManageDeliveries
    vetting: Vetting
    trusted_proxies: TrustedProxies
    registry: Registry
    limits: RateLimits
    limiter: Limiter
    places: AccountPlaces
    readers: Readers
    turns: Turns
    beginnings: Beginnings
    ahead: list[Callable[[], None]]
    stopping: asyncio.Event

    def out_of_reach(self, names: Sequence[str] | None, mode: Mode) -> list[str]:
        """Return which of the named providers a key of this mode does not reach, so that they are skipped."""
        reached = self.registry.names(mode)
        return [
            f"{name} is not reached by {mode.value} keys and is skipped" for name in names or () if name not in reached
        ]


@asynccontextmanager
async def open_dependencies(
    settings: Settings, stopping: asyncio.Event, *, window: float = WINDOW_SECONDS
) -> AsyncIterator[Dependencies]:
    """Open the process's parts and close them again.

    Args:
        settings: All of them.
        turns: Of bodies that take long to parse.
        stopping: Set by the server when it is asked to end.
        window: Of the rate limits, in seconds.
    """
    async with open_services(settings) as services:
        notifications = Notifications(services.redis)
        await notifications.open()
        limiter = Limiter(services.redis, name=services.name, monotonic=services.clock.monotonic)
        background = [
            start_background("rate-limit", limiter.register),
            start_background(
                "signs-of-life", GiveSigns(services.redis, name=services.name, kind="api", now=services.now).run
            ),
            start_background("provider-switches", ProviderSwitches(services).follow),
        ]
        ahead: list[Callable[[], None]] = [read_lists]
        loop = asyncio.get_running_loop()
        timer = loop.call_later(AHEAD_SECONDS, loop.run_in_executor, None, _do_all, ahead)
        submit = Submit(services)
        key_watch, readers = WatchKeys(services), Readers()
        try:
            yield Dependencies(
                services=services,
                authenticate=Authenticator(services),
                key_watch=key_watch,
                waterfalls=Waterfalls(services),
                submit=submit,
                submit_job=SubmitJob(services, submit, EstimateDuration(services)),
                idempotent=IdempotentRequest(services),
                watch=ReadRuns(services, notifications),
                watch_jobs=ReadJobs(services, notifications),
                receive_batch=UploadBatch(services),
                watch_batches=ReadBatches(services),
                simulate=SimulateWaterfall(services),
                endpoints=ManageEndpoints(services),
                deliveries=ManageDeliveries(services),
                vetting=Vetting(settings),
                trusted_proxies=parse_networks(settings.trusted_proxies),
                registry=services.registry,
                limits=RateLimits(limiter, settings, monotonic=services.clock.monotonic, window=window),
                limiter=limiter,
                places=AccountPlaces(services, limiter),
                readers=readers,
                turns=Turns(),
                beginnings=Beginnings(),
                ahead=ahead,
                stopping=stopping,
            )
        finally:
            timer.cancel()
            await end_background(background)
            await readers.close()
            await key_watch.close()
            await notifications.close()


def _do_all(ahead: Sequence[Callable[[], None]]) -> None:
    for one in ahead:
        one()
    # As when the server began: what has been read and compiled stays to the end.
    gc.freeze()


def dependencies_of(scope: Scope) -> Dependencies:
    """Return the dependencies of the app that serves this scope."""
    dependencies: Dependencies = scope["app"].state.dependencies
    return dependencies
