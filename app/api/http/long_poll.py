"""Hold a request until a run or job ends, the time is over, or this process is asked to end."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Protocol, TypeVar
from uuid import UUID

from app.api.http.dependencies import Dependencies
from app.domain.accounts.owner import Owner
from app.domain.errors import UnauthenticatedError
from app.usecases.accounts.authenticate import Principal

View_co = TypeVar("View_co", covariant=True)


class Waitable(Protocol[View_co]):
    """A use case that can wait for the end of a run or job."""

    async def get(self, owner: Owner, id_: UUID, /) -> View_co:
        """Read one."""
        ...

    async def wait(self, owner: Owner, id_: UUID, seconds: float, /) -> View_co:
        """Read one when it has ended, or as it is after `seconds`."""
        ...


def wait_for_end(
    dependencies: Dependencies, watched: Waitable[View_co], principal: Principal, id_: UUID, seconds: float
) -> Awaitable[View_co]:
    """Wait for the end of a run or job without holding a connection to the database.

    Returns:
        It as it stands when it has ended, when `seconds` have passed, or when the process is asked to end.

    Raises:
        UnknownId: The account has no such run or job.
        Unauthenticated: The key was revoked meanwhile.
        AccountLimitError: As many requests of the account wait as may.
        Unavailable: The database cannot be reached.
    """
    if not seconds:
        return watched.get(principal.owner, id_)
    return _wait_for_end(dependencies, watched, principal, id_, seconds)


async def _wait_for_end(
    dependencies: Dependencies, watched: Waitable[View_co], principal: Principal, id_: UUID, seconds: float
) -> View_co:
    owner = principal.owner
    with (
        dependencies.places.waiting(principal.account_id),
        dependencies.key_watch.watching(principal.key_id) as revoked,
    ):
        watching = asyncio.ensure_future(watched.wait(owner, id_, seconds))
        ends = [asyncio.ensure_future(event.wait()) for event in (dependencies.stopping, revoked)]
        try:
            await asyncio.wait({watching, *ends}, return_when=asyncio.FIRST_COMPLETED)
            if revoked.is_set():
                raise UnauthenticatedError
            if watching.done():
                return watching.result()
        finally:
            for end in ends:
                end.cancel()
            if not watching.done():
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
    return await watched.get(owner, id_)
