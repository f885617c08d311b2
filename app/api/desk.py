"""What the handlers work with: the use cases and the process's parts, opened once."""

import asyncio
from collections.abc import AsyncIterator
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
from app.usecases.idempotent import Idempotent
from app.usecases.submit import Submit
from app.usecases.watch import Watch


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases behind the API.

    Attributes:
        stopping: Set when the process is asked to end; waiting requests then answer at once.
    """

    services: Services
    authenticate: Authenticator
    submit: Submit
    idempotent: Idempotent
    watch: Watch
    cancel: Cancel
    account: Account
    vetting: Vetting
    registry: Registry
    limits: Limits
    stopping: asyncio.Event

    def provider_names(self, mode: Mode) -> tuple[str, ...]:
        """List the providers that a key of this mode may name."""
        return tuple(listed.name for listed in self.registry.listing(mode))


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
        try:
            yield Desk(
                services=services,
                authenticate=Authenticator(services),
                submit=Submit(services),
                idempotent=Idempotent(services),
                watch=Watch(services, wakeups),
                cancel=Cancel(services),
                account=Account(services),
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
