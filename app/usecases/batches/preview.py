"""Preview a batch: read its rows as an upload would, and report their outcome, without accepting anything."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from app.domain.accounts.pricing import price
from app.domain.contacts.contact import Contact
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_REPORTED_ERRORS, MAX_ROWS, RowError, row_errors
from app.domain.runs.file_reading import FileReading
from app.domain.runs.judged_row import JudgedRow
from app.domain.runs.lookup_options import LookupOptions
from app.domain.runs.warnings import MAX_WARNINGS, bounded
from app.domain.vocabulary import FIELDS_OF, Mode
from app.domain.waterfall.policy import inputs, make_plan, unasked
from app.services import Services
from app.store.accounts import ledger
from app.usecases.accounts.authenticate import Principal
from app.usecases.batches.portions import RowsToRead

MAX_CONTACTS = 10


class PreviewedContact(msgspec.Struct, frozen=True, kw_only=True):
    """A row with its contact as it would be asked for; rows and lines count from 1."""

    row: int
    line: int | None
    contact: Contact


class BatchPreview(msgspec.Struct, frozen=True, kw_only=True):
    """The preview of a batch.

    Attributes:
        total: Its rows.
        rejected: Those that would be rejected.
        errors: What is wrong with the first of them.
        contacts: The first good ones.
        duplicates: Rows that give a contact again.
        unasked: Rows for which no provider could be asked.
        unasked_rows: The first of them, and what they lack.
        credits_at_most: The price of all contacts, if the cache answered for none: so many an upload holds.
        credits_askable: That of the contacts that a provider can be asked for; the others cost nothing.
        reading: What was read of the file.
        warnings: Sentences for the client.
    """

    total: int
    rejected: int
    errors: tuple[RowError, ...]
    contacts: tuple[PreviewedContact, ...]
    duplicates: int
    unasked: int
    unasked_rows: tuple[RowError, ...]
    credits_at_most: int
    credits_askable: int
    reading: FileReading
    warnings: tuple[str, ...]


async def preview_batch(
    services: Services,
    principal: Principal,
    options: LookupOptions,
    rows: RowsToRead,
    *,
    strict: bool = False,
    warnings: tuple[str, ...] = (),
    look: Callable[[Sequence[JudgedRow]], None] = lambda _: None,
) -> BatchPreview:
    """Read a batch and say what would become of it.

    Args:
        services: The process's.
        principal: The key that would submit it.
        options: Its options.
        rows: Its rows.
        strict: Whether a row from which anything would be dropped is a bad one.
        warnings: Of the request.
        look: Looks at the rows, too, some at a time.

    Raises:
        InvalidInputError: There are more rows than a batch may have, or they cannot be read further.
        UnavailableError: The database cannot be reached.
    """
    tally = _Tally(_lacks(services, principal.mode, options), warnings)
    async for read in rows.slices(strict=strict):
        tally.add(read)
        look(read)
        if tally.total > MAX_ROWS:
            message = f"a batch holds at most {MAX_ROWS} rows; send several"
            raise InvalidInputError([FieldError(field="", message=message)])
    async with services.read() as connection:
        unit = price((await ledger.plans(connection))[principal.plan], principal.mode, options.type)
    reading = rows.reading()
    return BatchPreview(
        total=tally.total,
        rejected=tally.rejected,
        errors=tuple(tally.errors),
        contacts=tuple(tally.contacts),
        duplicates=tally.total - tally.rejected - len(tally.people),
        unasked=tally.unasked,
        unasked_rows=tuple(tally.unasked_rows),
        credits_at_most=unit * len(tally.people),
        credits_askable=unit * tally.askable,
        reading=reading,
        warnings=bounded([*reading.warnings, *tally.warnings], more=tally.more_warnings),
    )


def _lacks(services: Services, mode: Mode, options: LookupOptions) -> Callable[[Contact], str | None]:
    """Return the function that says what a contact lacks for any provider to be asked."""
    offers, fields = services.registry.offers(mode), FIELDS_OF[options.type]
    plans = [make_plan(field, offers, only=options.only_providers, wanted=fields) for field in fields]

    @lru_cache(maxsize=256)
    def lack(known: frozenset[str]) -> str | None:
        return unasked(plans, known)

    return lambda contact: lack(frozenset(inputs(contact)))


class _Tally:
    """Counts rows; memory holds a part of the fingerprint of each contact, and the first rows of each kind."""

    def __init__(self, lacks: Callable[[Contact], str | None], warnings: tuple[str, ...]) -> None:
        self._lacks = lacks
        self.total = self.rejected = self.unasked = self.askable = self.more_warnings = 0
        self.errors: list[RowError] = []
        self.unasked_rows: list[RowError] = []
        self.contacts: list[PreviewedContact] = []
        self.people: set[bytes] = set()
        self.warnings = list(warnings)

    def add(self, rows: Sequence[JudgedRow]) -> None:
        """Add some rows."""
        for row in rows:
            self.total += 1
            if row.contact is None or row.fingerprint is None:
                self._reject(row)
            else:
                self._accept(row, row.contact, row.fingerprint)

    def _reject(self, row: JudgedRow) -> None:
        self.rejected += 1
        if len(self.errors) < MAX_REPORTED_ERRORS:
            errors = row_errors(self.total - 1, row.problem or [])
            self.errors += errors[: MAX_REPORTED_ERRORS - len(self.errors)]

    def _accept(self, row: JudgedRow, contact: Contact, fingerprint: bytes) -> None:
        # 64 bits: of 100 000 contacts two different ones are equal once in three thousand million files.
        known = len(self.people)
        self.people.add(fingerprint[:8])
        if len(self.contacts) < MAX_CONTACTS:
            self.contacts.append(PreviewedContact(row=self.total, line=row.line, contact=contact))
        if lack := self._lacks(contact):
            self.unasked += 1
            if len(self.unasked_rows) < MAX_REPORTED_ERRORS:
                self.unasked_rows.append(RowError(row=self.total, line=row.line, field="", message=lack))
        else:
            self.askable += len(self.people) - known
        for warning in row.warnings:
            if len(self.warnings) < MAX_WARNINGS:
                self.warnings.append(f"row {self.total}: {warning}")
            else:
                self.more_warnings += 1
