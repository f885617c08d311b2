"""Batches for the tests of use cases: made of rows without a file, and worked off as workers do."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.contacts.contact import Contact
from app.domain.errors import FieldError
from app.domain.runs.batch import GivenRow
from app.domain.runs.job import JobView
from app.domain.waterfall.outcome import Conclusion
from app.services import Services
from app.store.runs import batches
from app.store.tables.core import cascades
from app.usecases.accounts.authenticate import Principal
from app.usecases.batches.portions import Rows
from app.usecases.batches.upload import NewBatch, UploadBatch, UploadedBatch
from tests.play.worker import FOUND, end_cascades
from tests.usecases.people import split_options

BAD = GivenRow(given={"first_name": "?"}, problems=(FieldError(field="domain", message="must be a domain"),), line=3)


def person(number: int) -> GivenRow:
    """A good row."""
    contact = Contact(first_name="Jane", last_name=f"Smith{number}", company_domain="acme.example")
    return GivenRow(given={"last_name": f"Smith{number}"}, contact=contact)


async def receive(services: Services, principal: Principal, rows: Iterable[GivenRow], **said: Any) -> UploadedBatch:
    """Upload rows."""
    new = NewBatch(principal=principal, **split_options(said))
    return await UploadBatch(services)(new, Rows(each=iter(rows), columns=lambda: ("last_name",)))


async def batch_of(services: Services, batch_id: UUID) -> JobView:
    """Read a batch as it is now."""
    async with services.engine.connect() as connection:
        found = await batches.get(connection, batch_id)
    assert found
    return found


async def end_all(
    services: Services, conclude: Callable[[Contact], Conclusion] = lambda _: FOUND, *, asked: bool = True
) -> int:
    """End every open cascade as a worker would; return how many there were."""
    async with services.engine.connect() as connection:
        ids = list(await connection.scalars(select(cascades.c.id).where(cascades.c.open)))
    return await end_cascades(services, ids, conclude, asked=asked)
