"""A process that does nothing but deliver, to be killed: the dispatcher as a worker runs it, without the cascades."""

import asyncio
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from app.logs import configure_logs
from app.services import open_services
from app.settings.settings import Settings
from webhooks.dispatcher import Dispatcher

SWEEP_SECONDS = 0.1


def deliver(settings: Settings) -> None:
    """Deliver until killed."""
    configure_logs("error", "json")
    asyncio.run(_deliver(settings))


async def _deliver(settings: Settings) -> None:
    async with open_services(settings) as services:
        dispatcher = Dispatcher(services)
        while True:
            # As the sweep does: the next one tries again.
            with suppress(SQLAlchemyError, OSError):
                await dispatcher.deliver_due()
            await asyncio.sleep(SWEEP_SECONDS)
