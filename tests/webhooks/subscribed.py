"""Endpoints for the delivery tests, what is owed to them, and a dispatcher that has sent all that is due."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domain.accounts.owner import Owner
from app.domain.webhooks.delivery import Event
from app.domain.webhooks.endpoint import Endpoint
from app.services import Services
from app.store.tables.webhooks import deliveries
from app.store.webhooks import deliveries as store
from app.usecases.webhooks.fan_out import AccountEvent, FanOut
from app.usecases.webhooks.manage_endpoints import EndpointChange, ManageEndpoints
from tests.webhooks.conftest import Box, until
from webhooks.dispatcher import Dispatcher

DAY = 86_400.0


async def subscribe(box: Box, owner: Owner, url: str, **wanted: Any) -> Endpoint:
    """Make an endpoint of an account."""
    made = await ManageEndpoints(box.services).create(owner, EndpointChange(url=url, **wanted))
    return made.endpoint


async def happen(box: Box, owner: Owner, *, event: Event = Event.COMPLETED, count: int = 1) -> list[UUID]:
    """Let something happen that the account's endpoints get events of; returns what is owed or kept by it."""
    services = box.services
    async with services.engine.begin() as connection:
        fanout = await FanOut.read(connection, services, [owner])
        happened = [
            AccountEvent(owner=owner, event=event, parts=({"number": number},), run_id=services.new_id())
            for number in range(count)
        ]
        new = fanout.deliveries(happened, services.now())
        await store.add(connection, new, services.now())
    return [one.id for one in new]


async def send_all(services: Services) -> None:
    """Send what is due at this moment, until nothing is."""
    dispatcher = Dispatcher(services)

    async def nothing_due() -> bool:
        await dispatcher.deliver_due()
        async with services.engine.connect() as connection:
            due = select(func.count()).select_from(deliveries).where(deliveries.c.due_at <= services.now())
            return await connection.scalar(due) == 0

    await until(nothing_due)
    await dispatcher.drain(5)
