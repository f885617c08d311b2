"""Write the results of a batch as a file, while a client takes it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from app.dialects.batches.results_writer import ResultsWriter
from app.domain.runs.batch import RowOutcome


async def written_results(writer: ResultsWriter, pages: AsyncIterator[list[RowOutcome]]) -> AsyncGenerator[bytes, None]:
    """Write page by page in a thread; the next page is read when the client has taken this one."""
    try:
        yield await asyncio.to_thread(writer.begin)
        async for page in pages:
            if written := await asyncio.to_thread(writer.write, page):
                yield written
        rest = iter(await asyncio.to_thread(writer.end))
        while chunk := await asyncio.to_thread(next, rest, b""):
            yield chunk
    finally:
        writer.close()
