"""Note failed log-ins in the audit log: the first, the tenth and the hundredth of a person or a place in an hour."""

import asyncio
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.domain.accounts.audit import Actor, ActorKind, AuditAction
from app.domain.accounts.rate_limit import Rate
from app.domain.errors import RequestError
from app.domain.people.credentials import secret_digest
from app.redis.sliding_window import Limiter
from app.services import Services
from app.usecases.audit.note import note
from app.usecases.people.noted import note_person

HOUR = 3600.0
FAILED_OF_PERSON = Rate(name="failed log-ins of a person", limit=100, window=HOUR)
FAILED_OF_ADDRESS = Rate(name="failed log-ins of an address", limit=100, window=HOUR)
# So many entries are enough to see guessing, and too few to fill the log.
NOTED = {1, 10, 100}
# One may mistype a password that is of nobody; a place that does so often tries addresses.
NOTED_OF_ADDRESS = NOTED - {1}
_VISITOR = Actor(ActorKind.PERSON)

log = structlog.get_logger()


class FailedLogIns:
    """Counts and notes failed log-ins, apart from the answer: how long that takes says nothing of the address."""

    def __init__(self, services: Services, limiter: Limiter) -> None:
        """Count with the limiter."""
        self._services, self._limiter = services, limiter
        self._under_way: set[asyncio.Task[None]] = set()

    def add(self, user_id: UUID | None, address: str) -> None:
        """Count a failed log-in.

        Args:
            user_id: The person whose password was tried; None where nobody has the address.
            address: Of the client.
        """
        task = asyncio.create_task(self._add(user_id, address))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Wait until what was added is noted."""
        await asyncio.gather(*self._under_way)

    async def _add(self, user_id: UUID | None, address: str) -> None:
        of_person = await self._count(FAILED_OF_PERSON, str(user_id)) if user_id else 0
        of_address = await self._count(FAILED_OF_ADDRESS, address)
        if of_person not in NOTED and of_address not in NOTED_OF_ADDRESS:
            return
        action, services = AuditAction.LOG_IN_FAILED, self._services
        try:
            async with services.write() as connection:
                if user_id and of_person in NOTED:
                    detail = {"failures": of_person}
                    await note_person(connection, services, action, user_id, detail, actor=_VISITOR)
                if of_address in NOTED_OF_ADDRESS:
                    detail = {"failures": of_address}
                    await note(connection, services, action, None, address, detail=detail, actor=_VISITOR)
        except (RequestError, SQLAlchemyError, OSError) as error:
            log.warning("audit.log_in_not_noted", error=type(error).__name__)

    async def _count(self, rate: Rate, of: str) -> int:
        """Return how many there were in the hour; 0 beyond those that are counted."""
        quota = await self._limiter.take(f"leadrun:window:{rate.name}:{secret_digest(of).hex()}", rate)
        return quota.used if quota.allowed else 0
