"""Keep values that were reported as wrong while a cascade ran out of its conclusion."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.fingerprint import fingerprint
from app.domain.waterfall.feedback import conclude_without
from app.domain.waterfall.outcome import Conclusion
from app.store.waterfall import feedback
from app.store.waterfall.cascades import LeasedCascade


async def conclude_unless_wrong(
    connection: AsyncConnection, ended: Mapping[UUID, tuple[LeasedCascade, Conclusion]]
) -> dict[UUID, Conclusion]:
    """Return the conclusions that change because their values were reported as wrong.

    The cascades are locked. A run that joined one after the report is committed before that, so it gets no wrong value.
    """
    people = {
        cascade_id: (leased.account_id, leased.mode.value, fingerprint(leased.contact))
        for cascade_id, (leased, conclusion) in ended.items()
        if conclusion.winners
    }
    if not people:
        return {}
    accounts, _, fingerprints = zip(*people.values(), strict=True)
    wrong = await feedback.wrong_of(connection, accounts, fingerprints)
    return {
        cascade_id: conclude_without(ended[cascade_id][1], wrong[person])
        for cascade_id, person in people.items()
        if person in wrong
    }
