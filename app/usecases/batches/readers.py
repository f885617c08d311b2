"""The processes of a server that read uploads and large bodies: few, started when needed, ended when idle."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import structlog

from app.dialects.json_parser import parse_object
from app.dialects.submitted_body import BodyKind, SubmittedBody, is_job, read_submitted
from app.dialects.tables.json_reader import head_members
from app.dialects.tables.reader_child import ReaderTask
from app.dialects.tables.reading import SentFile, headings_of, rows_of
from app.domain.columns.choice import ColumnMapping
from app.domain.errors import InvalidInputError, UnavailableError
from app.domain.runs.batch import Format
from app.usecases.batches.portions import Rows, RowsElsewhere, RowsToRead
from app.usecases.batches.reader_places import ReaderPlaces
from app.usecases.batches.reader_process import ReaderProcess

# Uploads that are read at once, and those of one account, so that nobody's large lists hold all others up.
READERS, READERS_OF_ACCOUNT = 4, 2
# Bodies, which take a tenth of a second at most, so that none waits for a list.
BODIES, BODIES_OF_ACCOUNT = 2, 1
# Workbooks that are unpacked at once: the program that does so may take as much memory as its reader.
UNPACKED, UNPACKED_OF_ACCOUNT = 2, 1
# So long an upload waits for one of them: less than its request is held to be under way when it is repeated.
WAIT_SECONDS, RETRY_SECONDS = 30.0, 30
# So long a body waits for a process, and for its answer; then it is read here.
BODY_WAIT_SECONDS, BODY_SECONDS = 3.0, 10.0
# So long an idle process stays for the next upload, and the last of them, for a new one takes up to a second to begin.
IDLE_SECONDS, LAST_IDLE_SECONDS = 60.0, 600.0
# A file of so many bytes is read in a slice or two of a thread, for which no process is worth its start.
SMALL_BYTES = 8 * 1024

log = structlog.get_logger()


class Readers:
    """Reads uploads and bodies: small ones here, all others and each workbook in a process."""

    def __init__(
        self,
        *,
        small_bytes: int = SMALL_BYTES,
        idle_seconds: float = IDLE_SECONDS,
        last_idle_seconds: float = LAST_IDLE_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        """Begin without a process."""
        self._small_bytes = small_bytes
        self._idle_seconds, self._last_idle_seconds = idle_seconds, last_idle_seconds
        self._wait_seconds, self._body_seconds = wait_seconds, body_seconds
        self._changed = asyncio.Condition()
        self._uploads = ReaderPlaces(READERS, READERS_OF_ACCOUNT)
        self._bodies = ReaderPlaces(BODIES, BODIES_OF_ACCOUNT)
        self._unpacks = ReaderPlaces(UNPACKED, UNPACKED_OF_ACCOUNT)
        self._here = asyncio.Lock()
        self._idle: list[tuple[ReaderProcess, asyncio.TimerHandle]] = []
        self._all: set[ReaderProcess] = set()
        self._ending: set[asyncio.Future[None]] = set()

    async def members(self, sent: SentFile, account: UUID) -> list[str]:
        """Read the members of a JSON document but its contacts, each as an object of its own.

        Raises:
            InvalidInputError: It is no proper document.
            UnavailableError: No reader is free in time, or can begin.
        """
        if self._is_small(sent):
            return await asyncio.to_thread(lambda: list(head_members(sent.file)))
        async with self._lent(account, self._uploads) as process:
            return list(await process.texts(ReaderTask(wanted="members", format=sent.format), sent.file))

    async def headings(self, sent: SentFile, account: UUID) -> tuple[str, ...]:
        """Read the headings of a table, as `headings_of`.

        Raises:
            InvalidInputError: It cannot be read at all.
            UnavailableError: No reader is free in time, or can begin.
        """
        if self._is_small(sent):
            return await asyncio.to_thread(headings_of, sent)
        task = ReaderTask(wanted="headings", format=sent.format, charset=sent.charset)
        async with self._lent(account, *self._needs(sent.format)) as process, self._unpacking(account, sent.format):
            return await process.texts(task, sent.file)

    @asynccontextmanager
    async def rows(
        self, sent: SentFile, account: UUID, *, mapping: ColumnMapping = (), sheet: str | None = None
    ) -> AsyncIterator[RowsToRead]:
        """Begin to read rows, which may be read on within the block, as `rows_of`.

        Raises:
            InvalidInputError: They cannot be read at all.
            UnavailableError: No reader is free in time, or can begin.
        """
        if self._is_small(sent):
            found = await asyncio.to_thread(rows_of, sent, mapping=mapping, sheet=sheet)
            yield Rows(each=found.each, columns=found.columns, options=found.options, reading=found.reading)
            return
        task = ReaderTask(wanted="rows", format=sent.format, charset=sent.charset, mapping=mapping, sheet=sheet)
        async with self._lent(account, *self._needs(sent.format)) as process:
            async with self._unpacking(account, sent.format):
                await process.open_rows(task, sent.file)
            yield RowsElsewhere(process)

    async def body(self, text: bytes, kind: BodyKind, account: UUID) -> SubmittedBody:
        """Parse and read the body of a submission, as `read_submitted`; a large one here as well, if no process can.

        Raises:
            InvalidInputError: It is no proper JSON object.
        """
        if len(text) <= self._small_bytes:
            members = parse_object(text)
            if is_job(members, kind):
                return await asyncio.to_thread(read_submitted, members, kind)
            return read_submitted(members, kind)
        try:
            async with self._lent(account, self._bodies) as process, asyncio.timeout(self._body_seconds):
                return await process.body(ReaderTask(wanted="body", body=kind), io.BytesIO(text))
        except InvalidInputError:
            raise
        except Exception as error:  # a submission depends on no process and no disk
            known = isinstance(error, UnavailableError | OSError)
            log.warning("reader.done_without", error=type(error).__name__, exc_info=not known)
        async with self._here:  # one after the other, so that many at once hold nobody up
            return await asyncio.to_thread(lambda: read_submitted(parse_object(text), kind))

    async def close(self) -> None:
        """End all processes."""
        for _, timer in self._idle:
            timer.cancel()
        self._idle.clear()
        for process in list(self._all):
            self._end(process)
        await asyncio.gather(*self._ending)

    def _is_small(self, sent: SentFile) -> bool:
        if sent.format is Format.XLSX:
            return False
        size = sent.file.seek(0, io.SEEK_END)
        sent.file.seek(0)
        return size <= self._small_bytes

    def _needs(self, form: Format) -> tuple[ReaderPlaces, ...]:
        return (self._uploads, self._unpacks) if form is Format.XLSX else (self._uploads,)

    @asynccontextmanager
    async def _lent(self, account: UUID, places: ReaderPlaces, *others: ReaderPlaces) -> AsyncIterator[ReaderProcess]:
        """Lend a process when all places have room, and take the first; one that was left amid its task ends."""
        seconds = min(self._wait_seconds, BODY_WAIT_SECONDS) if places is self._bodies else self._wait_seconds
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: all(one.has_room(account) for one in (places, *others)))
        except TimeoutError:
            raise _busy() from None
        process = None
        try:
            # In this step of the event loop there is room yet.
            with places.taken(account):
                process = self._take()
                yield process
        finally:
            if process:
                self._give_back(process)
            await self._notify()

    @asynccontextmanager
    async def _unpacking(self, account: UUID, form: Format) -> AsyncIterator[None]:
        """Keep other workbooks waiting while one is unpacked."""
        if form is not Format.XLSX:
            yield
            return
        # `_lent` found room in this step of the event loop.
        with self._unpacks.taken(account):
            yield
        # After a failure `_lent` notifies them.
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _take(self) -> ReaderProcess:
        while self._idle:
            process, timer = self._idle.pop()
            timer.cancel()
            if process.is_alive:
                return process
            self._end(process)
        try:
            process = ReaderProcess.start()
        except OSError as error:
            log.warning("reader.not_started", error=str(error))
            raise UnavailableError("reader of uploads") from error
        self._all.add(process)
        return process

    def _give_back(self, process: ReaderProcess) -> None:
        if not process.is_free:
            self._end(process)
            return
        self._keep(process, self._idle_seconds, is_longer=False)

    def _keep(self, process: ReaderProcess, seconds: float, *, is_longer: bool) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, self._expire, process, is_longer)
        self._idle.append((process, timer))

    def _expire(self, process: ReaderProcess, was_longer: bool) -> None:  # noqa: FBT001 - of a timer
        self._idle = [one for one in self._idle if one[0] is not process]
        if self._all == {process} and not was_longer:
            self._keep(process, self._last_idle_seconds - self._idle_seconds, is_longer=True)
        else:
            self._end(process)

    def _end(self, process: ReaderProcess) -> None:
        self._all.discard(process)
        process.kill()
        ending = asyncio.get_running_loop().run_in_executor(None, process.wait)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _busy() -> UnavailableError:
    message = (
        "All readers of uploads are busy; nothing was accepted or charged."
        f" Retry after {RETRY_SECONDS} seconds, with fewer uploads at once."
    )
    return UnavailableError("reader of uploads", retry_after=RETRY_SECONDS, message=message)
