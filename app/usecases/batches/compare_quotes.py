"""Compare lists that have ended with the quotes by which they were submitted."""

from app.domain.planning.quote_terms import QuotedOutcome
from app.domain.runs.job import JobStatus
from app.services import Services
from app.store.runs import batches, jobs, quotes

# Lists of one transaction.
PORTION = 20


async def compare_quotes(services: Services) -> int:
    """Store what quoted lists came to that have ended; return how many. Processes share the work.

    Raises:
        UnavailableError: The database cannot be reached.
    """
    async with services.write() as connection:
        ended = await quotes.ended(connection, PORTION)
        for row in ended:
            outcome = QuotedOutcome(
                completed=row.status == JobStatus.COMPLETED.value,
                found=await quotes.found_contacts(connection, row.job_id),
                cost_usd=float(await jobs.cost(connection, row.job_id)),
                credits=await batches.credits_used(connection, row.job_id),
                seconds=(row.ended_at - row.began_at).total_seconds(),
            )
            await quotes.compare(connection, row.job_id, outcome)
    return len(ended)
