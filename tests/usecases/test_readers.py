"""A7: uploads are read in processes of their own, which are few, know no secret, and end with what they are for."""

import asyncio

import psutil
import pytest

from app.dialects.tables.json_reader import head_members
from app.dialects.tables.reading import headings_of, rows_of
from app.domain.columns.headings import Attribute
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import Format
from app.usecases.batches.portions import Rows, RowsToRead
from app.usecases.batches.readers import Readers
from tests.usecases.reading import (
    ACME,
    CSV,
    PERSON,
    child,
    children,
    count,
    sent,
    unpacking,
    until_ended,
    workbook,
)

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
