"""The answers about batches: uploads of many contacts, and how a file would be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadrun.models import ENDED, SnakeModel


@dataclass(frozen=True, kw_only=True)
class RowFault(SnakeModel):
    """The fault of a row of an upload; `row` counts from 1, `line` is that of the file."""

    row: int
    line: int | None = None
    field: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class ColumnUse(SnakeModel):
    """A column that is read, and the member of the contacts that it fills."""

    column: str
    fills: str


@dataclass(frozen=True, kw_only=True)
class Reading(SnakeModel):
    """How a file was read: its format, and the columns that are used."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    headings_line: int | None = None
    sheet: str | None = None
    columns_used: tuple[ColumnUse, ...] = ()
    columns_ignored: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BatchData(SnakeModel):
    """A batch: an upload of many contacts, and how far it is.

    Attributes:
        not_found: Rows of which nothing was found; None where the leadrun is too old to say.
        cost_usd: What providers charged so far; None likewise.
    """

    id: str
    status: str
    total: int
    mode: str | None = None
    accepted: int | None = None
    completed: int = 0
    rejected: int = 0
    emails_found: int = 0
    phones_found: int = 0
    not_found: int | None = None
    credits_reserved: int = 0
    credits_used: int = 0
    cost_usd: float | None = None
    estimated_seconds: int | None = None
    reading: Reading | None = None
    errors: tuple[RowFault, ...] = ()
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    completed_at: datetime | None = None
    results_url: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it is completed or cancelled."""
        return self.status in ENDED


@dataclass(frozen=True, kw_only=True)
class BatchPreview(SnakeModel):
    """The preview of an upload.

    Attributes:
        accepted: Rows that would be looked up.
        errors: The faults of the first bad rows.
        contacts: The first good rows as they would be asked for.
        duplicates: Rows that give a contact again; each contact is paid once.
        unasked: Rows for which no provider could be asked; they cost nothing.
        credits_at_most: The price of all contacts, none of them in the cache.
    """

    total: int
    accepted: int = 0
    rejected: int = 0
    errors: tuple[RowFault, ...] = ()
    contacts: tuple[Mapping[str, Any], ...] = ()
    duplicates: int = 0
    unasked: int = 0
    unasked_rows: tuple[RowFault, ...] = ()
    credits_at_most: int | None = None
    reading: Reading | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Interval(SnakeModel):
    """An expectation, and bounds that hold in nine of ten cases."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class QuoteCredits(SnakeModel):
    """The credits of a list: expected with bounds, and at most."""

    expected: float
    at_most: int
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, kw_only=True)
class Quote(BatchPreview):
    """The expected outcome of a list.

    Attributes:
        quote_id: By which `upload` refers to it: `query={"quote_id": …, "stop_at_quote": "true"}`.
        answered: Contacts that the cache answers at no charge.
        found: Contacts of whom anything is found.
        cost_usd: What the providers charge.
        seconds: Until the last contact has ended.
    """

    quote_id: str | None = None
    expires_at: datetime | None = None
    answered: int = 0
    found: Interval | None = None
    cost_usd: Interval | None = None
    credits: QuoteCredits | None = None
    seconds: int | None = None
