"""The shapes of batches, from which the specification's schemas are generated."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects.batches.mapping import MAX_COLUMNS, MAX_HEADING, SHAPE, mapping_fault
from app.dialects.body_members import FAULT, RULE
from app.dialects.member_types import (
    MAX_FIELDS,
    Count,
    Credits,
    Domain,
    Findable,
    FindType,
    Force,
    MaxCost,
    Metadata,
    Name,
    Only,
    Profile,
    QuoteId,
    Receiver,
    StopAtQuote,
    Warnings,
    WaterfallName,
)
from app.dialects.tables.encoding import CHARSETS, is_known
from app.domain.runs.batch import MAX_ROWS, Format
from app.domain.runs.batch_view import RESULT_COLUMNS
from app.domain.runs.file_reading import MAX_LISTED
from app.domain.vocabulary import Mode

_OURS = ", ".join(f"`{name}`" for name in RESULT_COLUMNS)
Status = Literal["processing", "completed", "cancelled"]
Reserved = Annotated[int, Meta(ge=0, description="Set aside for rows that have no run yet.")]


MAPPING = (
    "Which columns fill which members, where their headings do not say it: a column or a list of them by member; null"
    " leaves a member empty."
)
SHEET = "The sheet of a workbook; the first one with known headings unless given."
_ENCODINGS = f"must be one of {', '.join(CHARSETS)}"
_HEADING = {"type": "string", "maxLength": MAX_HEADING}
ColumnsByMember = Annotated[
    dict[str, Any],
    Meta(
        description=MAPPING,
        extra_json_schema={
            "additionalProperties": {
                "anyOf": [_HEADING, {"type": "array", "maxItems": MAX_COLUMNS, "items": _HEADING}, {"type": "null"}]
            }
        },
        extra={FAULT: SHAPE, RULE: mapping_fault},
        examples=[{"domain": "Website", "last_name": ["Surname", "Nachname"]}],
    ),
]
ENCODING = (
    "Of a CSV file, whatever its Content-Type says. Unless given, it is proved by a byte order mark, or judged by the"
    " file's letters."
)
EncodingName = Annotated[
    str,
    Meta(
        max_length=100,
        description=ENCODING,
        extra_json_schema={"enum": list(CHARSETS)},
        extra={FAULT: _ENCODINGS, RULE: lambda name: None if is_known(name) else _ENCODINGS},
    ),
]
SheetName = Annotated[str, Meta(max_length=100, description=SHEET)]


class BatchContact(Struct, kw_only=True):
    """A contact, in either dialect's names; at least one of them. Other members are kept and given back."""

    first_name: Name | None = None
    last_name: Name | None = None
    full_name: Name | None = None
    domain: Domain | None = None
    company_name: Name | None = None
    linkedin_url: Profile | None = None


class BatchOptionsBody(Struct, kw_only=True):
    """The options of a batch."""

    fields: (
        Annotated[list[Findable], Meta(max_length=MAX_FIELDS, description="An empty list counts as absent.")] | None
    ) = None
    enrichment_type: FindType | None = None
    force_refresh: Force | None = False
    strict: Annotated[bool, Meta(description="Refuse all where a single row is bad.")] | None = False
    mapping: ColumnsByMember | None = None
    sheet: SheetName | None = None
    encoding: EncodingName | None = None
    providers: Only | None = None
    max_cost_usd: MaxCost | None = None
    waterfall: WaterfallName | None = None
    quote_id: QuoteId | None = None
    stop_at_quote: StopAtQuote | None = False
    webhook_url: Receiver | None = None
    metadata: Metadata | None = None


class BatchRequestBody(BatchOptionsBody, kw_only=True):
    """A batch as one JSON document; the options may stand in the query as well."""

    contacts: Annotated[list[BatchContact], Meta(min_length=1, max_length=MAX_ROWS, extra={FAULT: "must be a list"})]


class BatchRowError(Struct, kw_only=True):
    """The fault of a row."""

    row: Annotated[int, Meta(ge=1, description="Counted from 1, a header or empty line not included.")]
    line: Annotated[int, Meta(ge=1, description="Of the file, from 1; null for JSON.")] | None
    field: str
    message: str


class ColumnFills(Struct, kw_only=True):
    """A column that is read, and the member of the contacts that it fills."""

    column: str
    fills: str


class BatchReading(Struct, kw_only=True):
    """The reading of a file: its format, and the columns that are used."""

    format: Format
    encoding: Annotated[str | None, Meta(description="Of a CSV file.")]
    delimiter: Annotated[str | None, Meta(description="Of a CSV file.")]
    headings_line: Annotated[int | None, Meta(description="The line or row of the headings, from 1; null for JSON.")]
    sheet: Annotated[str | None, Meta(description="Of a workbook.")]
    columns_used: Annotated[
        list[ColumnFills],
        Meta(description="Of several that fill one member, the first that is not empty in a row is read."),
    ]
    columns_ignored: Annotated[list[str], Meta(description=f"The first {MAX_LISTED}.")]


class BatchAcceptedBody(Struct, kw_only=True):
    """An accepted batch."""

    id: UUID
    status: Status
    mode: Mode
    total: Count
    accepted: Count
    rejected: Count
    errors: Annotated[list[BatchRowError], Meta(description="The first 50.")]
    credits_reserved: Reserved
    estimated_seconds: Count | None
    reading: Annotated[BatchReading, Meta(description="Absent in the answer to a repetition.")] | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class PreviewedContactBody(Struct, kw_only=True):
    """A contact as it was understood."""

    first_name: str | None
    last_name: str | None
    full_name: str | None
    domain: str | None
    company_name: str | None
    linkedin_url: str | None


class PreviewedRow(Struct, kw_only=True):
    """A row with its contact as it would be asked for."""

    row: Annotated[int, Meta(ge=1)]
    line: int | None
    contact: PreviewedContactBody


class BatchPreviewBody(Struct, kw_only=True):
    """The preview of an upload."""

    total: Count
    accepted: Count
    rejected: Count
    errors: Annotated[list[BatchRowError], Meta(description="The first 100.")]
    contacts: Annotated[list[PreviewedRow], Meta(description="The first ten good rows.")]
    duplicates: Annotated[int, Meta(ge=0, description="Rows that give a contact again; each contact is paid once.")]
    unasked: Annotated[int, Meta(ge=0, description="Rows for which no provider could be asked; they cost nothing.")]
    unasked_rows: Annotated[list[BatchRowError], Meta(description="The first 100, and what they need.")]
    credits_at_most: Annotated[int, Meta(ge=0, description="The price of all contacts, none of them in the cache.")]
    reading: BatchReading
    warnings: Warnings | UnsetType = UNSET


class BatchSummary(Struct, kw_only=True):
    """A batch in the collection."""

    id: UUID
    status: Status
    mode: Mode
    total: Count
    completed: Annotated[int, Meta(ge=0, description="Rows that have come to an end, rejected ones included.")]
    rejected: Count
    emails_found: Count
    phones_found: Count
    not_found: Annotated[int, Meta(ge=0, description="Rows that were looked up and of which nothing was found.")]
    credits_reserved: Reserved
    cost_usd: Annotated[float, Meta(ge=0, description="What providers charged for the rows that have ended.")]
    metadata: Metadata
    created_at: datetime
    completed_at: datetime | None
    results_url: Annotated[str, Meta(description="Once it has ended; partial results are there before.")] | None


class BatchBody(BatchSummary, kw_only=True):
    """A batch with its progress."""

    credits_used: Credits
    estimated_seconds: Annotated[int, Meta(ge=0, description="Until it is completed.")] | None
    errors: Annotated[list[BatchRowError], Meta(description="The first 50.")]
    warnings: Warnings | UnsetType = UNSET


class BatchEvent(BatchBody, kw_only=True):
    """A batch as it is posted to its `webhook_url` when it is completed or cancelled."""

    type: Literal["batch.completed"]
    timestamp: datetime


class BatchPageBody(Struct, kw_only=True):
    """A page of batches, newest first; `next_cursor` is null on the last one."""

    batches: list[BatchSummary]
    next_cursor: str | None


class BatchResultsBody(Struct, kw_only=True):
    """The rows of a batch in input order.

    What was not found is null; where the upload has a column of one of our names, ours has `leadrun_` before it.
    """

    id: UUID
    status: Status
    mode: Mode
    total: Count
    results: Annotated[list[dict[str, Any]], Meta(description=f"What was given, then {_OURS}.")]
