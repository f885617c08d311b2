"""A thread reads an upload in slices, between which the event loop has its turn; no row is lost between two."""

import asyncio
import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from app.domain.contacts.contact import Contact
from app.domain.runs.batch import GivenRow
from app.usecases.batches.portions import PORTION, PORTION_BYTES, Rows, for_a_slice, portions

JOB = UUID(int=1)


def slowly(count: int, seconds: float) -> Iterator[int]:
    """Give numbers, each of which takes CPU time."""
    for number in range(count):
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass
        yield number


def test_a7_a_slice_ends_when_its_time_is_used_up_and_the_next_goes_on() -> None:
    each = slowly(20, 0.002)
    slices = []
    while read := list(for_a_slice(each, 0.005)):
        slices.append(read)
    assert [number for read in slices for number in read] == list(range(20))
    assert all(len(read) <= 3 for read in slices)
    assert list(for_a_slice(slowly(3, 0.002), 0.0)) == [0]


async def test_a7_an_upload_is_read_no_further_while_the_event_loop_is_busy() -> None:
    read: list[int] = []

    def rows() -> Iterator[GivenRow]:
        for number in slowly(100, 0.002):
            read.append(number)
            yield GivenRow(given={}, contact=Contact(first_name=f"N{number}"))

    reading = asyncio.ensure_future(anext(portions(Rows(each=rows(), columns=tuple), JOB, strict=False)))
    while not read:  # noqa: ASYNC110 - the list knows
        await asyncio.sleep(0)
    before = len(read)
    time.sleep(0.1)  # noqa: ASYNC251 - what a busy loop does
    assert len(read) - before <= 10
    assert [row.position for row in await reading] == list(range(100))


@pytest.mark.parametrize(
    ("count", "raw", "sizes"),
    [(2 * PORTION + 1, b"", 3), (4, b"x" * PORTION_BYTES, None), (0, b"", 0)],
    ids=["many", "large", "none"],
)
async def test_rows_are_stored_by_number_or_size(count: int, raw: bytes, sizes: int | None) -> None:
    rows = (GivenRow(given={}, contact=Contact(), raw=raw) for _ in range(count))
    read = [portion async for portion in portions(Rows(each=rows, columns=tuple), JOB, strict=False)]
    assert [row.position for portion in read for row in portion] == list(range(count))
    assert all(read)
    if sizes is not None:
        assert len(read) <= sizes
