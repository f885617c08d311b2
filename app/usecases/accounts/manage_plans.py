"""Plans: read their prices and refunds, and set them for the operator."""

from collections.abc import Sequence

import msgspec

from app.domain.accounts.audit import AuditAction
from app.domain.accounts.pricing import Plan
from app.domain.vocabulary import ResultStatus
from app.services import Services
from app.store.accounts import ledger
from app.usecases.audit.note import note


class ManagePlans:
    """Manages plans."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services, self._engine = services, services.engine

    async def read(self) -> Sequence[Plan]:
        """Return the plans in force."""
        async with self._engine.connect() as connection:
            return list((await ledger.plans(connection)).values())

    async def change(
        self,
        name: str,
        *,
        email: int | None = None,
        phone: int | None = None,
        both: int | None = None,
        refunds: frozenset[ResultStatus] | None = None,
        refund_bounces: bool | None = None,
    ) -> Plan:
        """Set what is given and leave the rest; prices in credits.

        Raises:
            KeyError: No such plan.
        """
        async with self._engine.begin() as connection:
            plan = (await ledger.plans(connection))[name]
            given = {"email": email, "phone": phone, "all": both, "refunds": refunds, "refund_bounces": refund_bounces}
            changed = msgspec.structs.replace(plan, **{k: v for k, v in given.items() if v is not None})
            await ledger.set_plan(connection, changed)
            prices = {"email": changed.email, "phone": changed.phone, "all": changed.all}
            await note(connection, self._services, AuditAction.PRICES_CHANGED, None, name, detail=prices)
            return changed
