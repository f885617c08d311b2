"""What the handlers work with: the use cases and the process's parts, opened once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import msgspec
from litestar.types import Scope

from app.api.limits import WINDOW_SECONDS, Limits
from app.config import Settings
from app.context import Services, open_services
from app.domain.run import Mode
from app.egress import Vetting
from app.live.wakeups import Wakeups
from app.live.window import Limiter
from app.providers.registry import Registry
from app.usecases.account import Account
from app.usecases.authenticate import Authenticator
from app.usecases.cancel import Cancel
from app.usecases.cancel_batch import CancelBatch
from app.usecases.cancel_job import CancelJob
from app.usecases.estimate import Estimate
from app.usecases.idempotent import Idempotent
from app.usecases.manage_deliveries import ManageDeliveries
from app.usecases.manage_endpoints import ManageEndpoints
from app.usecases.receive_batch import ReceiveBatch
from app.usecases.submit import Submit
from app.usecases.submit_job import SubmitJob
from app.usecases.watch import Watch
from app.usecases.watch_batches import WatchBatches
from app.usecases.watch_jobs import WatchJobs


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
