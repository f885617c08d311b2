"""Uploads read by our readers and written as results, without a server."""

import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from python_calamine import load_workbook

from app.api.batches.upload import Upload
from app.dialects.batches.csv_results import CsvResults
from app.dialects.batches.json_results import JsonResults, NdjsonResults
from app.dialects.batches.results_writer import ResultsWriter
from app.dialects.batches.xlsx_results import XlsxResults
from app.dialects.tables.reading import rows_of
from app.domain.runs.batch import BatchOptions, Format, RowOutcome, problem_json
from app.domain.runs.batch_view import RESULT_COLUMNS
from app.domain.runs.job import JobKind, JobStatus, JobView
from app.domain.vocabulary import EnrichmentType, Lane, Mode

OURS = len(RESULT_COLUMNS)
CREATED = datetime(2026, 11, 27, tzinfo=UTC)


def batch_of(options: BatchOptions, columns: Sequence[str]) -> JobView:
    return JobView(
        id=UUID(int=8), account_id=UUID(int=1), key_id=UUID(int=2), plan="leadsonar", mode=Mode.LIVE,
        kind=JobKind.BATCH, type=EnrichmentType.EMAIL, lane=Lane.BULK, status=JobStatus.PROCESSING, total=1,
        options=msgspec.to_builtins(options), columns=tuple(columns), created_at=CREATED,
    )  # fmt: skip


def uploaded(body: bytes, form: Format = Format.CSV) -> tuple[JobView, list[RowOutcome]]:
    """Read an upload as it would be stored."""
    rows = rows_of(Upload(file=io.BytesIO(body), format=form, digest=""))
    stored = [
        RowOutcome(position=place, given={}, raw=row.raw, problem=problem_json(row))
        for place, row in enumerate(rows.each)
    ]
    return batch_of(rows.options(), rows.columns()), stored


def written(writer: ResultsWriter, rows: Iterable[RowOutcome]) -> bytes:
    try:
        return b"".join([writer.begin(), writer.write(rows), *writer.end()])
    finally:
        writer.close()


def as_csv(body: bytes, form: Format = Format.CSV, *, is_safe: bool = True, has_mark: bool | None = None) -> bytes:
    batch, rows = uploaded(body, form)
    return written(CsvResults(batch, is_safe=is_safe, has_mark=has_mark), rows)


def as_objects(body: bytes, form: Format = Format.CSV) -> list[dict[str, Any]]:
    batch, rows = uploaded(body, form)
    lines = written(NdjsonResults(batch), rows).splitlines()
    document = json.loads(written(JsonResults(batch), rows))
    assert document["results"] == [json.loads(line) for line in lines]
    return [json.loads(line) for line in lines]


def as_sheet(body: bytes, form: Format = Format.CSV) -> list[list[Any]]:
    batch, rows = uploaded(body, form)
    book = load_workbook(io.BytesIO(written(XlsxResults(batch), rows)))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def without_ours(results: bytes) -> bytes:
    """Cut our columns off each line; all of them are quoted."""
    return re.sub(rb'(?m)(?:[,;\t]"(?:[^"\r\n]|"")*"){%d}(?=[\r\n]|\Z)' % OURS, b"", results)
