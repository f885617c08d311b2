"""Batches: the rows of an upload, their shared options, and the outcome of each row."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.contacts.member_warning import MemberWarning
from app.domain.errors import FieldError
from app.domain.order.waterfall import Waterfall
from app.domain.problems import MAX_PROBLEMS, first_of
from app.domain.runs.job import JobStatus
from app.domain.vocabulary import RunStatus
from app.domain.waterfall.result import Result

MAX_ROWS = 100_000
MAX_BYTES = 64 * 1024 * 1024
MAX_COLUMNS = 1000
# The most cells that one row may add to the columns of all.
MAX_UNNAMED_COLUMNS = 100
# The most rows of one contact, because duplicates are admitted together.
MAX_DUPLICATES = 2000
# The most row errors in one response.
MAX_REPORTED_ERRORS = MAX_PROBLEMS
# A cached result lowers the price of a batch only if it lives so much longer, because rows are admitted over time.
CACHE_MARGIN = timedelta(days=1)
# An upload that is not accepted within this time is abandoned.
ABANDONED_AFTER = timedelta(hours=1)


def seconds_to_midnight(now: datetime) -> int:
    """Return the whole seconds until the next day begins (UTC), at least 1."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return int((begin + timedelta(days=1) - now).total_seconds()) + 1


class Format(StrEnum):
    """The format of an upload or of results."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    XLSX = "xlsx"


class GivenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an upload.

    Attributes:
        given: The row in the client's spelling: the members of an object, or ``{"cells": [...]}`` of a table.
        raw: The same byte for byte, so that the results give it back: a CSV record in the encoding of the upload, its
            line end included, or a JSON value. What cannot be read as JSON is kept as a JSON string.
        contact: The normalised contact; None when there are problems.
        warnings: About members that were dropped from it, or read in part.
        line: The line of the file at which it begins, from 1; None for JSON.
    """

    given: dict[str, Any]
    raw: bytes = b""
    contact: Contact | None = None
    warnings: tuple[MemberWarning, ...] = ()
    problems: tuple[FieldError, ...] = ()
    line: int | None = None


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a row; rows and lines of the file count from 1."""

    row: int
    line: int | None
    field: str
    message: str


class BatchOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The options of all rows of a batch; stored with it.

    Attributes:
        price: Credits of a new look-up, at the time when the batch was accepted.
        duplicates: Whether any contact occurs more than once.
        format: The format of the upload.
        encoding: Of a table, as Python's codecs call it; its results have the same.
        delimiter: Of a table, and of its results.
        bom: Whether a table, and so its results, begins with a byte order mark.
        header: The record that names the columns of a table, with its line end; None where the upload has none.
        width: Columns of a table, those without a name included that some row has beyond the header.
        has_unreadable: Whether rows of JSON are no objects; the last of the columns then gives them back.
    """

    providers: tuple[str, ...] | None = None
    max_cost_usd: float | None = None
    force_refresh: bool = False
    waterfall: Waterfall | None = None
    price: int = 0
    duplicates: bool = False
    format: Format = Format.JSON
    encoding: str = "utf-8"
    delimiter: str = ","
    bom: bool = False
    header: str | None = None
    width: int = 0
    has_unreadable: bool = False


class RowStatus(StrEnum):
    """The outcome of a row."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    ERROR = "error"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    PENDING = "pending"


class RowOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a batch with its run.

    Attributes:
        position: From 0, in input order.
        given: The row in the client's spelling, where `raw` is None: in batches of an earlier version.
        raw: The row byte for byte, as in `GivenRow`.
        contact: As it was understood; None in rows that were rejected.
        problem: Why the row was rejected: field, message and, for files, the line.
        warnings: Sentences about cells that were ignored.
        status: The status of its run; None while there is no run.
        error: Why its run failed, in a sentence.
    """

    position: int
    given: dict[str, Any]
    raw: bytes | None = None
    contact: Contact | None = None
    problem: list[dict[str, str]] | None = None
    warnings: tuple[str, ...] = ()
    run_id: UUID | None = None
    status: RunStatus | None = None
    result_status: str | None = None
    result: Result | None = None
    error: str | None = None


class RowFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of a batch are wanted; they keep their order.

    Attributes:
        status: Those of this outcome; None for all.
        search: Those whose name, company, profile or found value contains this text; empty for all.
    """

    status: RowStatus | None = None
    search: str = ""


EVERY_ROW = RowFilter()


def status_of(row: RowOutcome, batch: JobStatus) -> RowStatus:
    """Return the outcome of a row."""
    if row.problem is not None:
        return RowStatus.REJECTED
    if row.status is RunStatus.CANCELLED or (row.status is None and batch is JobStatus.CANCELLED):
        return RowStatus.CANCELLED
    return RowStatus(row.result_status) if row.result_status else RowStatus.PENDING


def problem_json(row: GivenRow) -> list[dict[str, str]] | None:
    """Return the problems of a row in the form that is stored with it."""
    where = {"line": str(row.line)} if row.line else {}
    return [{"field": p.field, "message": p.message, **where} for p in first_of(row.problems)] or None


def row_errors(position: int, problem: list[dict[str, str]]) -> list[RowError]:
    """Return the faults of a row from their stored form."""
    return [
        RowError(
            row=position + 1,
            line=int(one["line"]) if "line" in one else None,
            field=one["field"],
            message=one["message"],
        )
        for one in problem
    ]
