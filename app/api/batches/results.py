"""GET /batches/{id}/results: every row in input order, its own columns and ours, streamed page by page."""

import csv
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from litestar.response import Stream

from app.api.batches.upload import MEDIA
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query, check_accept
from app.api.http.pagination import choice_of
from app.api.http.request_context import AnyRequest
from app.api.http.responses import encode, path_id
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.batches.schemas import BatchResults
from app.domain.errors import InvalidInputError, UnknownIdError
from app.domain.runs.batch import Format, RowOutcome
from app.domain.runs.batch_view import options_of, result_columns, result_values
from app.domain.runs.csv_safety import safe_cell
from app.domain.runs.job import JobView

MEDIA_OF = {Format.JSON: "application/json", Format.NDJSON: "application/x-ndjson", Format.CSV: "text/csv"}
_BOM = b"\xef\xbb\xbf"

Page = list[RowOutcome]


@operation(
    "GET",
    "/batches/{batch_id}/results",
    parameters=(parameters.BATCH_ID, parameters.RESULTS_FORMAT),
    answers={
        200: DocumentedResponse(
            description="Every row in input order, also while the batch is processed.",
            schema=BatchResults,
            headers=("Content-Disposition",),
            texts=("application/x-ndjson", "text/csv"),
        )
    },
    refuses=(InvalidInputError, UnknownIdError),
)
async def get_batch_results(request: AuthenticatedRequest) -> Stream:
    """Download the rows of a batch with what was found."""
    query = Query(request.http)
    wanted = choice_of(query, "format", Format)
    if wanted is None:
        wanted = _named(request.http)
        check_accept(request.http, MEDIA_OF[wanted])
    query.check()
    # Before anything is sent: a batch that does not exist is a 404.
    batch = await request.dependencies.watch_batches.get(request.owner, path_id(request.http, "batch_id", "batch"))
    pages = request.dependencies.watch_batches.fates(batch.id)
    name = f'attachment; filename="batch-{batch.id}.{wanted.value}"'
    return Stream(
        _WRITERS[wanted](batch, pages),
        media_type=MEDIA_OF[wanted],
        headers={"cache-control": "no-store", "content-disposition": name},
    )


def _named(request: AnyRequest) -> Format:
    """Take the first of our media types that the Accept header names."""
    header = ",".join(request.headers.getall("accept", []))
    kinds = [part.partition(";")[0].strip().lower() for part in header.split(",")]
    return next((MEDIA[kind] for kind in kinds if kind in MEDIA), Format.JSON)


async def _document(batch: JobView, pages: AsyncIterator[Page]) -> AsyncGenerator[bytes, None]:
    write = _object_writer(batch)
    head = encode({"id": str(batch.id), "status": batch.status.value, "total": batch.total})
    yield head[:-1] + b',"results":['
    between = b""
    async for page in pages:
        yield between + b",".join(map(write, page))
        between = b","
    yield b"]}"


async def _lines(batch: JobView, pages: AsyncIterator[Page]) -> AsyncGenerator[bytes, None]:
    write = _object_writer(batch)
    async for page in pages:
        yield b"".join(write(fate) + b"\n" for fate in page)


async def _table(batch: JobView, pages: AsyncIterator[Page]) -> AsyncGenerator[bytes, None]:
    options, columns = options_of(batch), batch.columns or ()
    cells = _cell_reader(batch)
    yield (_BOM if options.bom else b"") + _csv([[*columns, *result_columns(columns).values()]], options.delimiter)
    async for page in pages:
        rows = ([*cells(fate), *map(_text, result_values(fate, batch.status).values())] for fate in page)
        yield _csv(rows, options.delimiter)


_WRITERS: dict[Format, Callable[[JobView, AsyncIterator[Page]], AsyncGenerator[bytes, None]]] = {
    Format.JSON: _document,
    Format.NDJSON: _lines,
    Format.CSV: _table,
}


def _csv(rows: Iterator[list[str]] | Sequence[list[str]], delimiter: str) -> bytes:
    """Write rows (RFC 4180); every cell is quoted, so that no program divides one at another delimiter."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def _object_writer(batch: JobView) -> Callable[[RowOutcome], bytes]:
    columns = distinct(batch.columns or ())
    ours = result_columns(columns)
    of_table = options_of(batch).format is Format.CSV

    def write(fate: RowOutcome) -> bytes:
        given = fate.given
        if of_table:
            cells = given.get("cells", [])
            kept: dict[str, Any] = dict(zip(columns, (*cells, *[""] * (len(columns) - len(cells))), strict=True))
        else:
            kept = {name: given[name] for name in columns if name in given}
        return encode(kept | {ours[name]: value for name, value in result_values(fate, batch.status).items()})

    return write


def _cell_reader(batch: JobView) -> Callable[[RowOutcome], list[str]]:
    columns = batch.columns or ()
    if options_of(batch).format is not Format.CSV:
        return lambda fate: [_text(fate.given.get(name)) for name in columns]

    def read(fate: RowOutcome) -> list[str]:
        cells: list[str] = fate.given.get("cells", [])
        return [*cells, *[""] * (len(columns) - len(cells))]

    return read


def distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Number columns that have the same name, for objects have each member once: ``note``, ``note_2``."""
    found: dict[str, None] = {}
    for name in columns:
        unique, number = name, 1
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found[unique] = None
    return tuple(found)


def _text(value: object) -> str:
    """Write any JSON value as a cell."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
