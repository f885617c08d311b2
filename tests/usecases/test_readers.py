"""A7: uploads are read in processes of their own, which are few, know no secret, and end with what they are for."""

import asyncio
import io
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import IO
from uuid import UUID

import psutil
import pytest
from structlog.testing import capture_logs
from xlsxwriter import Workbook

from app.dialects.tables.json_reader import head_members
from app.dialects.tables.reader_child import OUT_OF_MEMORY, SLICE_BYTES, ReaderTask
from app.dialects.tables.reading import SentFile, headings_of, rows_of
from app.domain.columns.headings import Attribute
from app.domain.errors import InvalidInputError, UnavailableError
from app.domain.runs.batch import Format
from app.domain.runs.judged_row import JudgedRow
from app.usecases.batches.portions import Rows, RowsToRead
from app.usecases.batches.reader_process import ReaderProcess
from app.usecases.batches.readers import READERS, READERS_OF_ACCOUNT, Readers

ACME, OTHER = UUID(int=1), UUID(int=2)
PERSON = b"Jane,Smith,acme.example\n"
CSV = b"first_name,last_name,domain\n"


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    """Readers that read all but empty files in processes."""
    readers = Readers(small_bytes=0)
    yield readers
    await readers.close()
    assert not children()


def children() -> list[psutil.Process]:
    """List those that run."""
    found = []
    for one in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # a zombie is such a one
            found += [one] * ("reader_child" in " ".join(one.cmdline()))
    return found


async def child(*others: psutil.Process) -> psutil.Process:
    """The only one beside others, which may be ending, once it is what it is going to be."""
    while not (found := [one for one in children() if one not in others]):  # noqa: ASYNC110 - the system knows
        await asyncio.sleep(0)
    return found[0]


def sent(body: bytes, form: Format = Format.CSV, charset: str | None = None) -> SentFile:
    """Write a file of the system where a program of its own reads it, as it does workbooks."""
    file: IO[bytes] = io.BytesIO(body)
    if form is Format.XLSX:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the tests
        file.write(body)
    return SentFile(file=file, format=form, charset=charset)


PEOPLE = (["First name", "Domain"], ["Jané", "acme.example"], ["", "x y"])


def workbook(*rows: list[str]) -> bytes:
    buffer = io.BytesIO()
    with Workbook(buffer) as book:
        sheet = book.add_worksheet("People")
        for place, cells in enumerate(rows or PEOPLE):
            sheet.write_row(place, 0, cells)
    return buffer.getvalue()


async def unpacking() -> psutil.Process:
    """The program that unpacks a workbook, stopped before it is done."""
    while True:
        for one in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if "xlsx_child" in " ".join(one.cmdline()):
                    one.suspend()
                    return one
        await asyncio.sleep(0)


async def until_ended(one: psutil.Process) -> None:
    """Wait until it does nothing any more; whoever inherits it may not have asked for its status."""
    with suppress(psutil.NoSuchProcess):
        while one.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110 - the system knows
            await asyncio.sleep(0.01)


async def count(readers: Readers, file: SentFile, account: UUID = ACME) -> int:
    async with readers.rows(file, account) as rows:
        return sum([len(some) async for some in rows.slices(strict=False)])


FILES = [
    sent(CSV + PERSON * 500 + b"Jo,,not a domain,\n,,\n" + "Jané,Smith,acme.example\n".encode() + b"\n"),
    sent("Vorname;Nachname;Domain\nJosé;Müller;acme.example\n".encode("cp1252") * 3, charset="windows-1252"),
    sent(b'first_name,domain\nJane,acme.example\n"Jo'),
    sent(b"a,b\n1,2\n"),
    sent(b""),
    sent(workbook(), Format.XLSX),
    sent(b"PK\x03\x04 and nothing more", Format.XLSX),
    sent(b'{"first_name":"Jane","domain":"acme.example","x":9007199254740993}\n[1]\nno\n' * 3, Format.NDJSON),
    sent(
        b'{"contacts":[{"first_name":"Jane","domain":"acme.example"}],"strict":true,"metadata":{"a":1.10}}', Format.JSON
    ),
    sent(b'{"contacts":[' + b"[" * 99 + b"]}", Format.JSON),
    sent(b'{"contacts":[{}],"metadata":{},"metadata":{}}', Format.JSON),
]


async def everything(rows: RowsToRead, *, strict: bool) -> object:
    read = [row async for some in rows.slices(strict=strict) for row in some]
    return read, rows.columns(), rows.options(), rows.reading()


def refusal(error: InvalidInputError) -> object:
    return error.problems, error.message, error.more, str(error)


@pytest.mark.parametrize("strict", [False, True])
async def test_a7_a_process_reads_what_a_thread_reads_and_refuses_in_the_same_words(
    readers: Readers, *, strict: bool
) -> None:
    for file in FILES:
        found: list[object] = []
        mapping = ((Attribute.FIRST_NAME, ("Vorname",)),) if file.charset else ()
        try:
            file.file.seek(0)
            here = rows_of(file, mapping=mapping)
            local = Rows(each=here.each, columns=here.columns, options=here.options, reading=here.reading)
            found.append(await everything(local, strict=strict))
        except InvalidInputError as error:
            found.append(refusal(error))
        try:
            async with readers.rows(file, ACME, mapping=mapping) as rows:
                found.append(await everything(rows, strict=strict))
        except InvalidInputError as error:
            found.append(refusal(error))
        assert found[0] == found[1], file
    assert len(children()) == 1, "no refusal costs a process"


async def test_a7_members_and_headings_are_read_there_too(readers: Readers) -> None:
    for file in FILES:
        ask, here = (readers.members, head_members) if file.format is Format.JSON else (readers.headings, None)
        try:
            expected: object = list(head_members(file.file)) if here else list(headings_of(file))
        except InvalidInputError as error:
            expected = refusal(error)
        try:
            found: object = list(await ask(file, ACME))
        except InvalidInputError as error:
            found = refusal(error)
        assert found == expected, file


async def test_a7_small_files_need_no_process_and_workbooks_always_do() -> None:
    readers = Readers()
    async with readers.rows(sent(CSV + PERSON), ACME) as rows:
        assert [len(some) async for some in rows.slices(strict=False)] == [1]
    assert await readers.headings(sent(CSV), ACME) == ("first_name", "last_name", "domain")
    assert not children()
    async with readers.rows(sent(workbook(), Format.XLSX), ACME):
        assert len(children()) == 1
    await readers.close()


async def test_14_15_a_reader_has_bounds_and_no_secret_and_ends_with_its_server(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADRUN_DATABASE_URL", "postgresql://secret")
    async with readers.rows(sent(CSV + PERSON), ACME):
        process = await child()
        environment = process.environ()
        assert not [name for name in environment if name.startswith(("LEADRUN", "PG", "REDIS"))]
        assert process.rlimit(psutil.RLIMIT_AS)[0] == 1 << 30
        assert 0 < process.rlimit(psutil.RLIMIT_CPU)[0] < 400
        assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        # What a server that is killed leaves behind: an input without another end.
        popen = next(iter(readers._all))._popen  # noqa: SLF001
        assert popen.stdin
        popen.stdin.close()
        await asyncio.to_thread(popen.wait, 20)


async def test_14_what_unpacks_a_workbook_ends_with_its_reader_and_with_the_server(readers: Readers) -> None:
    task = asyncio.create_task(count(readers, sent(workbook(), Format.XLSX)))
    program = await unpacking()
    task.cancel()
    await until_ended(program)
    task = asyncio.create_task(count(readers, sent(workbook(), Format.XLSX)))
    program = await unpacking()
    popen = next(iter(readers._all))._popen  # noqa: SLF001
    assert popen.stdin
    popen.stdin.close()
    await until_ended(program)
    with pytest.raises(InvalidInputError, match="bounds on memory and time"):
        await task


async def test_a7_what_is_left_amid_its_rows_ends_its_process_alone(readers: Readers) -> None:
    long = sent(CSV + PERSON * 10_000)
    async with readers.rows(long, ACME) as rows:
        first = await child()
        assert await anext(rows.slices(strict=False))
    async with readers.rows(long, ACME) as rows:
        count = 0
        async for some in rows.slices(strict=False):
            count += len(some)
            if count == len(some):
                assert await child(first)
        assert count == 10_000


async def test_a7_a_reader_that_dies_refuses_its_file_and_the_next_is_read(readers: Readers) -> None:
    async with readers.rows(sent(CSV + PERSON * 10_000), ACME) as rows:
        first = await child()
        first.kill()
        with pytest.raises(InvalidInputError, match="bounds on memory and time"):
            await everything(rows, strict=False)
    async with readers.rows(sent(CSV + PERSON), ACME) as rows:
        assert [len(some) async for some in rows.slices(strict=False)] == [1]
    (idle,) = readers._all  # noqa: SLF001 - whom it would ask next
    psutil.Process(idle.pid).kill()
    await asyncio.to_thread(idle.wait)
    assert await readers.headings(sent(CSV), ACME), "one that died while nobody needed it is replaced"


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
    readers = Readers(small_bytes=0, idle_seconds=0.01)
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


async def test_14_one_workbook_is_unpacked_at_a_time_and_holds_no_other_file_up(readers: Readers) -> None:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(count(readers, sent(workbook(), Format.XLSX)))
        program = await unpacking()
        heads = group.create_task(readers.headings(sent(workbook(), Format.XLSX), OTHER))
        second = group.create_task(count(readers, sent(workbook(), Format.XLSX), OTHER))
        assert await count(readers, sent(CSV + PERSON), OTHER) == 1
        assert not any(task.done() for task in (first, heads, second))
        assert len(children()) == 2, "those that wait have no process"
        program.resume()
    assert (first.result(), second.result(), len(heads.result())) == (2, 2, 2)
    async with readers.rows(sent(workbook(), Format.XLSX), ACME) as rows:
        assert await count(readers, sent(workbook(), Format.XLSX)) == 2, "once it is open, the next may be"
        assert [len(some) async for some in rows.slices(strict=False)] == [2]


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
