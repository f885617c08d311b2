"""Readers of uploads are few, and what they take is bounded."""

import asyncio
import io
import json
import shutil
import sys
from uuid import UUID

import psutil
import pytest
from structlog.testing import capture_logs

from app.dialects.tables.reader_child import OUT_OF_MEMORY, SLICE_BYTES, ReaderTask
from app.domain.errors import InvalidInputError, UnavailableError
from app.domain.runs.batch import Format
from app.domain.runs.judged_row import JudgedRow
from app.usecases.batches.reader_process import ReaderProcess
from app.usecases.batches.readers import READERS, READERS_OF_ACCOUNT, Readers
from tests.usecases.reading import (
    ACME,
    CSV,
    OTHER,
    PERSON,
    children,
    count,
    sent,
    unpacking,
    workbook,
)


async def test_9_readers_are_few_and_one_account_does_not_hold_all(readers: Readers) -> None:
    finish, begun = asyncio.Event(), list[UUID]()

    async def read(account: UUID) -> list[JudgedRow]:
        async with readers.rows(sent(CSV + PERSON), account) as rows:
            begun.append(account)
            await finish.wait()
            return [row async for some in rows.slices(strict=False) for row in some]

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read(account)) for account in [ACME] * 4 + [OTHER] * 4]
        while len(begun) < READERS:  # noqa: ASYNC110 - the list knows
            await asyncio.sleep(0.01)
        assert begun.count(ACME) == READERS_OF_ACCOUNT
        assert len(children()) == READERS
        tasks[3].cancel()
        finish.set()
    assert [task.cancelled() for task in tasks].count(True) == 1
    assert len(begun) == 7
    assert len(children()) <= READERS


async def test_12_a_process_that_nobody_needs_ends() -> None:
    readers = Readers(small_bytes=0, idle_seconds=0.01, last_idle_seconds=600.0)
    async with readers.rows(sent(CSV), ACME):
        assert await readers.headings(sent(CSV), OTHER)
    while len(running := children()) > 1:  # noqa: ASYNC110 - the system knows
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert children() == running, "the last one stays for the next upload"
    assert await readers.headings(sent(CSV), OTHER)
    assert children() == running
    await readers.close()
    readers = Readers(small_bytes=0, idle_seconds=0.01, last_idle_seconds=0.02)
    assert await readers.headings(sent(CSV), ACME)
    while children():  # noqa: ASYNC110 - the system knows
        await asyncio.sleep(0.01)
    await readers.close()


async def test_14_wide_rows_of_a_workbook_come_few_at_a_time(readers: Readers) -> None:
    wide = [["First name", "Domain", "a", "b"]] + [["Jo", "acme.example", str(row) + "x" * 30_000] for row in range(40)]
    async with readers.rows(sent(workbook(*wide), Format.XLSX), ACME) as rows:
        lengths = [[sum(map(len, row.given["cells"])) for row in some] async for some in rows.slices(strict=False)]
    assert sum(map(len, lengths)) == 40
    assert max(map(sum, lengths)) < SLICE_BYTES + 30_100


async def test_a7_an_account_unpacks_one_workbook_at_a_time_and_holds_no_other_file_up(readers: Readers) -> None:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(count(readers, sent(workbook(), Format.XLSX)))
        program = await unpacking()
        heads = group.create_task(readers.headings(sent(workbook(), Format.XLSX), ACME))
        assert await count(readers, sent(workbook(), Format.XLSX), OTHER) == 2, "that of another account"
        assert await count(readers, sent(CSV + PERSON)) == 1
        assert not any(task.done() for task in (first, heads))
        assert len(children()) == 2, "those that wait have no process"
        program.resume()
    assert (first.result(), len(heads.result())) == (2, 2)
    async with readers.rows(sent(workbook(), Format.XLSX), ACME) as rows:
        assert await count(readers, sent(workbook(), Format.XLSX)) == 2, "once it is open, the next may be"
        assert [len(some) async for some in rows.slices(strict=False)] == [2]


async def test_a7_no_more_workbooks_are_unpacked_than_memory_is_promised_for(readers: Readers) -> None:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(count(readers, sent(workbook(), Format.XLSX), ACME))
        one = await unpacking()
        second = group.create_task(count(readers, sent(workbook(), Format.XLSX), OTHER))
        other = await unpacking(one)
        third = group.create_task(count(readers, sent(workbook(), Format.XLSX), UUID(int=3)))
        assert await count(readers, sent(CSV + PERSON)) == 1
        assert len(children()) == 3
        assert not third.done()
        one.resume()
        other.resume()
    assert (first.result(), second.result(), third.result()) == (2, 2, 2)


async def test_9_whoever_waits_long_for_a_reader_is_told_to_come_back() -> None:
    readers = Readers(small_bytes=0, wait_seconds=0.05)
    async with readers.rows(sent(CSV), ACME), readers.rows(sent(CSV), ACME):
        with pytest.raises(UnavailableError, match="busy; nothing was accepted or charged") as refused:
            await count(readers, sent(CSV + PERSON))
        assert refused.value.retry_after == 30
        assert await count(readers, sent(CSV + PERSON), OTHER) == 1
    assert await count(readers, sent(CSV + PERSON)) == 1
    await readers.close()


async def test_a7_a_reader_that_cannot_begin_is_our_fault_and_logged(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken, capture_logs() as logged:
        broken.setattr(sys, "executable", shutil.which("false"))
        with pytest.raises(UnavailableError):
            await count(readers, sent(CSV + PERSON))
    (line,) = logged
    assert (line["event"], line["status"], line["wanted"]) == ("reader.lost", 1, "rows")
    assert await count(readers, sent(CSV + PERSON)) == 1


async def test_a7_a_file_that_takes_all_memory_is_to_blame_though_it_is_the_first() -> None:
    reader = ReaderProcess.start()
    system = psutil.Process(reader.pid)
    while system.rlimit(psutil.RLIMIT_AS)[0] < 0 and reader.is_alive:  # noqa: ASYNC110 - the system knows
        await asyncio.sleep(0.01)
    most = system.memory_info().vms + (1 << 20)
    system.rlimit(psutil.RLIMIT_AS, (most, most))
    members = io.BytesIO(json.dumps({"contacts": [], "metadata": {"a": "x" * (1 << 26)}}).encode())
    with capture_logs() as logged, pytest.raises(InvalidInputError, match="bounds on memory and time"):
        await reader.texts(ReaderTask(wanted="members", format=Format.JSON), members)
    assert [line["status"] for line in logged] == [OUT_OF_MEMORY]
    reader.kill()
    reader.wait()
