"""Addresses of a company that an account's runs have found to be valid."""

from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Mode, ResultStatus
from app.domain.waterfall.answer import Deliverability
from app.domain.waterfall.feedback import FeedbackOutcome
from app.store.tables.core import runs
from app.store.tables.spend import feedback

NEWEST = 50
# Who has left a company had an address there.
_NO_ADDRESS = (FeedbackOutcome.BOUNCED.value, FeedbackOutcome.WRONG_PERSON.value)


async def at_domain(
    connection: AsyncConnection, account_id: UUID, mode: Mode, domain: str
) -> list[tuple[Contact, str]]:
    """Read the newest valid addresses at a domain, with their contacts, without those that were reported as wrong."""
    address = runs.c.result["email"]["value"].astext
    rows = await connection.execute(
        select(runs.c.contact, address.label("address"))
        .where(
            runs.c.account_id == account_id,
            runs.c.mode == mode.value,
            runs.c.search_domain == domain,
            runs.c.search_domain.is_not(None),
            runs.c.result_status == ResultStatus.FOUND.value,
            runs.c.result["email"]["status"].astext == Deliverability.VALID.value,
            address.is_not(None),
            runs.c.contact.is_not(None),
        )
        .order_by(runs.c.id.desc())
        .limit(NEWEST)
    )
    known = [(msgspec.convert(row.contact, Contact), row.address) for row in rows]
    if not known:
        return []
    f = feedback.c
    # By themselves: joined, the planner reads all that was ever reported.
    wrong = await connection.scalars(
        select(f.value).where(
            f.account_id == account_id,
            f.mode == mode.value,
            f.value == func.any([address for _, address in known]),
            f.outcome.in_(_NO_ADDRESS),
            f.wrong,
        )
    )
    bad = set(wrong)
    return [(contact, address) for contact, address in known if address not in bad]
