"""Batches: the rows of an upload, what they have in common, and how the fate of a row is told."""

from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.errors import FieldError
from app.domain.runs.job import JobStatus
from app.domain.vocabulary import RunStatus
from app.domain.waterfall.result import Result

MAX_ROWS = 100_000
MAX_BYTES = 64 * 1024 * 1024
MAX_COLUMNS = 1000
# Rows that may give the same contact: they are admitted together.
MAX_SAME = 2000
# How many bad rows are told at once.
MAX_TOLD = 100
# A cached answer counts on acceptance only if it lives so much longer: the rows come up one after the other.
MARGIN = timedelta(days=1)
# An upload that was not accepted within this time has broken off.
ABANDONED = timedelta(hours=1)


class Format(StrEnum):
    """What was uploaded, and what results are given as."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


class GivenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an upload.

    Attributes:
        given: As the client wrote it: the members of an object, or ``{"cells": [...]}`` of a table.
        contact: Whom to look up; None when there are problems.
        line: Where it begins in the file, from 1; None for JSON.
    """

    given: dict[str, Any]
    contact: Contact | None = None
    problems: tuple[FieldError, ...] = ()
    line: int | None = None


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a row; rows count from 1, and so do the lines of the file."""

    row: int
    line: int | None
    field: str
    message: str


class BatchOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the rows of a batch have in common; kept with it.

    Attributes:
        price: Credits of a fresh look-up, as agreed when the batch was accepted.
        duplicates: Whether any contact is given more than once.
        format: Of the upload.
        delimiter: Of a CSV upload; its results have the same.
        bom: Whether a CSV upload began with a byte order mark; its results do so as well.
    """

    providers: tuple[str, ...] | None = None
    max_cost_usd: float | None = None
    force_refresh: bool = False
    price: int = 0
    duplicates: bool = False
    format: Format = Format.JSON
    delimiter: str = ","
    bom: bool = False


class RowStatus(StrEnum):
    """What became of a row."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    ERROR = "error"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    PENDING = "pending"


class RowOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a batch with what is known about it.

    Attributes:
        position: From 0, in input order.
        problem: Why it was rejected: field, message and, of files, the line.
        status: Of its run; None while it has none.
        error: Why its run failed, a sentence.
    """

    position: int
    given: dict[str, Any]
    problem: list[dict[str, str]] | None = None
    run_id: UUID | None = None
    status: RunStatus | None = None
    result_status: str | None = None
    result: Result | None = None
    error: str | None = None


def status_of(fate: RowOutcome, batch: JobStatus) -> RowStatus:
    """Tell what became of a row."""
    if fate.problem is not None:
        return RowStatus.REJECTED
    if fate.status is RunStatus.CANCELLED or (fate.status is None and batch is JobStatus.CANCELLED):
        return RowStatus.CANCELLED
    return RowStatus(fate.result_status) if fate.result_status else RowStatus.PENDING


def problem_json(row: GivenRow) -> list[dict[str, str]] | None:
    """Write the problems of a row as they are kept with it."""
    where = {"line": str(row.line)} if row.line else {}
    return [{"field": p.field, "message": p.message, **where} for p in row.problems] or None


def row_errors(position: int, problem: list[dict[str, str]]) -> list[RowError]:
    """Read the problems that are kept with a row."""
    return [
        RowError(
            row=position + 1,
            line=int(one["line"]) if "line" in one else None,
            field=one["field"],
            message=one["message"],
        )
        for one in problem
    ]
