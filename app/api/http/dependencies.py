"""What the handlers work with: the use cases and the process's parts, opened once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import msgspec
from litestar.types import Scope

from app.api.http.rate_limits import WINDOW_SECONDS, Limits
from app.domain.vocabulary import Mode
from app.egress import Vetting
from app.providers.setup.registry import Registry
from app.redis.notifications import Wakeups
from app.redis.sliding_window import Limiter
from app.services import Services, open_services
from app.settings.settings import Settings
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.balance import Account
from app.usecases.batches.cancel import CancelBatch
from app.usecases.batches.read import WatchBatches
from app.usecases.batches.upload import ReceiveBatch
from app.usecases.runs.cancel import Cancel
from app.usecases.runs.cancel_job import CancelJob
from app.usecases.runs.idempotency import Idempotent
from app.usecases.runs.read import Watch
from app.usecases.runs.read_jobs import WatchJobs
from app.usecases.runs.submit import Submit
from app.usecases.runs.submit_job import SubmitJob
from app.usecases.waterfall.estimate import Estimate
from app.usecases.webhooks.manage_deliveries import ManageDeliveries
from app.usecases.webhooks.manage_endpoints import ManageEndpoints


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases behind the API.

    Attributes:
        stopping: Set when the process is asked to end; waiting requests then answer at once.
    """

    services: Services
    authenticate: Authenticator
    submit: Submit
    submit_job: SubmitJob
    idempotent: Idempotent
    watch: Watch
    watch_jobs: WatchJobs
    cancel: Cancel
    cancel_job: CancelJob
    receive_batch: ReceiveBatch
    watch_batches: WatchBatches
    cancel_batch: CancelBatch
    account: Account
    endpoints: ManageEndpoints
    deliveries: ManageDeliveries
    vetting: Vetting
    registry: Registry
    limits: Limits
    stopping: asyncio.Event

    def provider_names(self) -> tuple[str, ...]:
        """List the providers that a request may name."""
        return tuple(entry.spec.slug for entry in self.registry.entries())

    def out_of_reach(self, names: Sequence[str] | None, mode: Mode) -> list[str]:
        """Say which of the named providers a key of this mode does not reach, so that they are skipped."""
        reached = {listed.name for listed in self.registry.listing(mode)}
        return [
            f"{name} is not reached by {mode.value} keys and is skipped" for name in names or () if name not in reached
        ]


@asynccontextmanager
async def open_desk(
    settings: Settings, stopping: asyncio.Event, *, window: float = WINDOW_SECONDS
) -> AsyncIterator[Desk]:
    """Open the process's parts and close them again.

    Args:
        settings: All of them.
        stopping: Set by the server when it is asked to end.
        window: Of the rate limits, in seconds.
    """
    async with open_services(settings) as services:
        wakeups = Wakeups(services.redis)
        await wakeups.open()
        limiter = Limiter(services.redis, name=services.name, monotonic=services.clock.monotonic)
        submit, cancel = Submit(services), Cancel(services)
        try:
            yield Desk(
                services=services,
                authenticate=Authenticator(services),
                submit=submit,
                submit_job=SubmitJob(services, submit, Estimate(services)),
                idempotent=Idempotent(services),
                watch=Watch(services, wakeups),
                watch_jobs=WatchJobs(services, wakeups),
                cancel=cancel,
                cancel_job=CancelJob(cancel),
                receive_batch=ReceiveBatch(services),
                watch_batches=WatchBatches(services),
                cancel_batch=CancelBatch(services, cancel),
                account=Account(services),
                endpoints=ManageEndpoints(services),
                deliveries=ManageDeliveries(services),
                vetting=Vetting(settings),
                registry=Registry(settings),
                limits=Limits(limiter, read_limit=settings.read_limit, window=window),
                stopping=stopping,
            )
        finally:
            await wakeups.close()


def desk_of(scope: Scope) -> Desk:
    """Return the desk of the app that serves this scope."""
    return cast("Desk", scope["app"].state.desk)
