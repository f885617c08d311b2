"""Holds a request until a run or job ends, the time is over, or this process is asked to end."""

import asyncio
from contextlib import suppress
from typing import Protocol, TypeVar
from uuid import UUID

from app.api.http.dependencies import Dependencies
from app.domain.accounts.owner import Owner

View_co = TypeVar("View_co", covariant=True)


class Waitable(Protocol[View_co]):
    """A use case that can wait for the end of a run or job."""

    async def get(self, owner: Owner, id_: UUID, /) -> View_co:
        """Read one."""
        ...

    async def wait(self, owner: Owner, id_: UUID, seconds: float, /) -> View_co:
        """Read one when it has ended, or as it is after `seconds`."""
        ...


async def wait_for_end(
    dependencies: Dependencies, watched: Waitable[View_co], owner: Owner, id_: UUID, seconds: float
) -> View_co:
    """Wait for the end of a run or job without holding a connection to the database.

    Returns:
        It as it stands when it has ended, when `seconds` have passed, or when the process is asked to end.

    Raises:
        UnknownId: The account has no such run or job.
        Unavailable: The database cannot be reached.
    """
    if not seconds:
        return await watched.get(owner, id_)
    watching = asyncio.ensure_future(watched.wait(owner, id_, seconds))
    stopping = asyncio.ensure_future(dependencies.stopping.wait())
    try:
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            return watching.result()
    finally:
        stopping.cancel()
        if not watching.done():
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
    return await watched.get(owner, id_)
