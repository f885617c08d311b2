"""One list: its progress, its rows with what was found, and its results as a file."""

from contextlib import suppress
from datetime import datetime
from urllib.parse import urlencode

from litestar import HttpMethod
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from app.dialects.batches.csv_results import CsvResults
from app.dialects.batches.json_results import JsonResults, NdjsonResults
from app.dialects.batches.results_writer import ResultsWriter
from app.dialects.batches.uploaded_row import UploadedRows
from app.dialects.batches.xlsx_results import XlsxResults
from app.domain.errors import AlreadyEndedError
from app.domain.runs.batch import EVERY_ROW, Format, RowFilter, RowOutcome, RowStatus, status_of
from app.domain.runs.job import JobView
from app.domain.runs.run_filter import MAX_SEARCH
from app.usecases.batches.cancel import cancel_batch
from app.usecases.batches.download import written_results
from app.web.frame.live import follow
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer
from app.web.lists.lists import MOST_WARNINGS, STATES
from app.web.lists.sent_list import in_words, name_of

PAGE_ROWS = 50
LOOK_SECONDS = 2.0
# The pace of fewer people says nothing.
FEW_ASKED = 5
MOST_CELLS, MOST_CELL = 4, 80
_WORDS = {
    RowStatus.FOUND: ("found", "hit"),
    RowStatus.NOT_FOUND: ("not found", "miss"),
    RowStatus.ERROR: ("no answer", "trouble"),
    RowStatus.REJECTED: ("cannot be asked", "trouble"),
    RowStatus.CANCELLED: ("stopped", "miss"),
    RowStatus.PENDING: ("waiting", "waiting"),
}

_FILE = "application/octet-stream"
_FORMATS = (("csv", "Download CSV"), ("xlsx", "Excel"), ("ndjson", "NDJSON"), ("json", "JSON"))


@page("GET", "/app/lists/{batch_id}")
async def show_list(viewer: Viewer) -> Answer:
    """Show a list as it is now."""
    watch, after, wanted = viewer.dependencies.watch_batches, viewer.query("after"), _filter(viewer)
    progress = await watch.progress(viewer.owner, viewer.path_id("batch_id", "batch"))
    batch = progress.batch
    start = int(after) if after.isascii() and after.isdigit() and len(after) < len("1000000") else -1
    rows, has_more = await watch.rows(batch, wanted, after=start, limit=PAGE_ROWS)
    return viewer.render(
        "lists/list.html",
        batch=batch,
        mark=_mark(batch),
        left=_seconds_left(batch, viewer.services.now()),
        name=name_of(batch.metadata) or f"list {str(batch.id)[-8:]}",
        state=STATES[batch.status],
        credits=progress.credits_used,
        errors=progress.errors,
        rows=_lines(batch, rows),
        warnings=[in_words(warning) for warning in batch.warnings[:MOST_WARNINGS]],
        after=rows[-1].position if has_more else None,
        formats=_FORMATS,
        narrowed=urlencode({"result": wanted.status or "", "q": wanted.search}) if wanted != EVERY_ROW else "",
        outcomes=[("", "any result"), *((one.value, words) for one, (words, _) in _WORDS.items())],
    )


@page("GET", "/app/lists/{batch_id}/changes")
async def follow_list(viewer: Viewer) -> Answer:
    """Notify the page of a list of changes, so often at most as a person can read."""
    watch, batch_id = viewer.dependencies.watch_batches, viewer.path_id("batch_id", "batch")
    # Before anything is sent: a list that does not exist is a page of its own.
    await watch.get(viewer.owner, batch_id)
    return follow(viewer, (_mark(one) async for one in watch.looks(viewer.owner, batch_id, seconds=LOOK_SECONDS)))


@page("POST", "/app/lists/{batch_id}/cancel")
async def cancel(viewer: Viewer) -> Answer:
    """Stop a list; the credits of what was not asked come back. One that has ended meanwhile is shown as it is."""
    batch_id = viewer.path_id("batch_id", "batch")
    with suppress(AlreadyEndedError):
        await cancel_batch(viewer.services, viewer.owner, batch_id)
    return viewer.redirect(f"/app/lists/{batch_id}")


@page("GET", "/app/lists/{batch_id}/results")
async def download(viewer: Viewer) -> Answer:
    """Download the rows that the filters leave with what was found so far, in the client's own columns and ours."""
    watch = viewer.dependencies.watch_batches
    batch = await watch.get(viewer.owner, viewer.path_id("batch_id", "batch"))
    chosen, wanted = viewer.query("format"), _filter(viewer)
    form = Format(chosen) if chosen in set(Format) else Format.CSV
    part = f"-{wanted.status.value}" if wanted.status else "-rows" if wanted.search else ""
    name = f'attachment; filename="list-{batch.id}{part}.{form.value}"'
    headers = {"cache-control": "no-store", "content-disposition": name}
    if viewer.http.method == HttpMethod.HEAD:
        return ASGIResponse(headers=headers, media_type=_FILE)
    viewer.at_end(await viewer.dependencies.places.download(viewer.account.id))
    rows = written_results(_writer(form, batch), watch.fates(batch, wanted))
    return Stream(rows, media_type=_FILE, headers=headers)


def _mark(batch: JobView) -> str:
    """Mark what the page shows of a list."""
    return f"{batch.status.value}.{batch.done}.{batch.admitted}"


def _seconds_left(batch: JobView, now: datetime) -> float | None:
    """Estimate what is left at the pace so far; None while too little was asked to say."""
    asked = batch.done - batch.rejected
    if batch.ended or asked < FEW_ASKED:
        return None
    return (now - batch.created_at).total_seconds() / asked * (batch.total - batch.done)


def _filter(viewer: Viewer) -> RowFilter:
    """Read the filters; a word that is none of the offered ones filters nothing."""
    status, search = viewer.query("result"), viewer.query("q")[:MAX_SEARCH]
    return RowFilter(status=RowStatus(status) if status in set(RowStatus) else None, search=search)


def _writer(form: Format, batch: JobView) -> ResultsWriter:
    match form:
        case Format.CSV:
            return CsvResults(batch, is_safe=True, has_mark=None)
        case Format.XLSX:
            return XlsxResults(batch)
        case Format.NDJSON:
            return NdjsonResults(batch)
        case Format.JSON:
            return JsonResults(batch)


def _lines(batch: JobView, rows: list[RowOutcome]) -> list[dict[str, object]]:
    """Write the rows of the table: the first cells that say something, the answer, and the state."""
    uploaded = UploadedRows(batch)
    lines: list[dict[str, object]] = []
    for row in rows:
        words, kind = _WORDS[status_of(row, batch.status)]
        problem = "; ".join(f"{one['field']} {one['message']}".strip() for one in row.problem or [])
        parts = (row.result.email, row.result.phone) if row.result else ()
        lines.append(
            {
                "number": row.position + 1,
                "cells": [cell[:MOST_CELL] for cell in uploaded.cells(row) if cell.strip()][:MOST_CELLS],
                "found": [part.value for part in parts if part and part.value],
                "words": words,
                "kind": kind,
                "note": problem or row.error or "",
                "run_id": row.run_id,
            }
        )
    return lines
