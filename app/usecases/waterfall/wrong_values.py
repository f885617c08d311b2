"""Keep values that were reported as wrong out of answers and conclusions."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.fingerprint import fingerprint
from app.domain.errors import UnavailableError
from app.domain.waterfall.answer import Answer, Found
from app.domain.waterfall.feedback import WrongValue, conclude_without
from app.domain.waterfall.outcome import Conclusion
from app.services import Services
from app.store.database.connection import answer_within
from app.store.waterfall import feedback
from app.store.waterfall.cascades import LeasedCascade

# An answer that is paid for is not stored before.
LOOK_SECONDS = 1.0


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
    values = {i: _values(winner.answer for winner in ended[i][1].winners.values()) for i in people}
    wrong = await feedback.wrong_of(
        connection, accounts, fingerprints, [one for some in values.values() for one in some]
    )
    reported = {
        cascade_id: _said_of(wrong, account, mode, (person, *values[cascade_id]))
        for cascade_id, (account, mode, person) in people.items()
    }
    return {i: conclude_without(ended[i][1], some) for i, some in reported.items() if some}


async def reported_as_wrong(
    services: Services, leased: LeasedCascade, answers: Iterable[Answer]
) -> tuple[WrongValue, ...]:
    """Return the values that were reported as wrong for a cascade's contact, and those of answers that are so for all.

    While the database is away or slow only the first are known; the end of the cascade asks again.
    """
    values = _values(answers)
    if not (values and leased.has_wrong_values):
        return leased.wrong_values
    account, mode = leased.account_id, leased.mode.value
    try:
        async with services.read() as connection:
            with answer_within(LOOK_SECONDS):
                wrong = await feedback.wrong_of(connection, [account], [], values)
    except UnavailableError:
        return leased.wrong_values
    return (*leased.wrong_values, *_said_of(wrong, account, mode, values))


def _said_of(
    wrong: Mapping[tuple[UUID, str, bytes | str], Sequence[WrongValue]],
    account: UUID,
    mode: str,
    names: Iterable[bytes | str],
) -> list[WrongValue]:
    return [one for name in names for one in wrong.get((account, mode, name), ())]


def _values(answers: Iterable[Answer]) -> list[str]:
    # The number of a switchboard is one for all whose extensions it has.
    return [answer.value for answer in answers if isinstance(answer, Found) and answer.phone_extension is None]
