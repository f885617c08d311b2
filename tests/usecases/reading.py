"""Files to read, and the processes that read them."""

import asyncio
import io
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import UUID

import psutil
from xlsxwriter import Workbook

from app.dialects.tables.reading import SentFile
from app.domain.runs.batch import Format
from app.usecases.batches.readers import Readers

CATCH_SECONDS = 20.0
ACME, OTHER = UUID(int=1), UUID(int=2)
PERSON = b"Jane,Smith,acme.example\n"
CSV = b"first_name,last_name,domain\n"


def children() -> list[psutil.Process]:
    """List those that run."""
    found = []
    for one in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # a zombie is such a one
            found += [one] * ("reader_child" in " ".join(one.cmdline()))
    return found


def end_others() -> None:
    """End those of applications that other tests keep open; they start new ones."""
    for one in children():
        one.kill()
        one.wait()


async def child(*others: psutil.Process) -> psutil.Process:
    """The only one next to others, which may be ending, once it is what it is going to be."""
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


async def unpacking(*others: psutil.Process) -> psutil.Process:
    """The program next to others that unpacks a workbook, stopped before it is done in a tenth of a second."""
    tried = time.monotonic()
    while time.monotonic() - tried < CATCH_SECONDS:
        for pid in (grandchild for one in _children(os.getpid()) for grandchild in _children(one)):
            with suppress(psutil.NoSuchProcess):
                one = psutil.Process(pid)
                if one not in others and "xlsx_child" in " ".join(one.cmdline()):
                    one.suspend()
                    return one
        await asyncio.sleep(0)
    raise TimeoutError("the program was done before it was seen")


def _children(pid: int) -> list[int]:
    """List the children of a process; where Linux does not say it at once, by looking at all processes."""
    with suppress(FileNotFoundError):
        return [
            int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()
        ]
    with suppress(psutil.NoSuchProcess):
        return [one.pid for one in psutil.Process(pid).children()]
    return []


async def until_ended(one: psutil.Process) -> None:
    """Wait until it does nothing any more; the process that inherits it may not have asked for its status."""
    with suppress(psutil.NoSuchProcess):
        while one.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110 - the system knows
            await asyncio.sleep(0.01)


async def count(readers: Readers, file: SentFile, account: UUID = ACME) -> int:
    async with readers.rows(file, account) as rows:
        return sum([len(some) async for some in rows.slices(strict=False)])
