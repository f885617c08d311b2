"""Holds a request until a run ends, the time is over, or this process is asked to end."""

import asyncio
from contextlib import suppress
from uuid import UUID

from app.api.desk import Desk
from app.domain.view import RunView


async def wait_for_end(desk: Desk, account_id: UUID, run_id: UUID, seconds: float) -> RunView:
    """Wait for the end of a run without holding a connection to the database.

    Returns:
        The run as it stands when it has ended, when `seconds` have passed, or when the process is asked to end.

    Raises:
        UnknownId: The account has no such run.
        Unavailable: The database cannot be reached.
    """
    watching = asyncio.ensure_future(desk.watch.wait(account_id, run_id, seconds))
    stopping = asyncio.ensure_future(desk.stopping.wait())
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
    return await desk.watch.get(account_id, run_id)
