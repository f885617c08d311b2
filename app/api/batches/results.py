"""GET /batches/{id}/results: every row in input order, its own columns and ours, streamed page by page."""

from enum import StrEnum

from litestar import HttpMethod
from litestar.response import Stream

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query, check_accept
from app.api.http.pagination import choice_of
from app.api.http.request_context import AnyRequest
from app.api.http.responses import path_id
from app.api.openapi import parameters
from app.api.openapi.batch_upload import XLSX
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.batches.csv_results import CsvResults
from app.dialects.batches.json_results import JsonResults, NdjsonResults
from app.dialects.batches.results_writer import ResultsWriter
from app.dialects.batches.schemas import BatchResultsBody
from app.dialects.batches.xlsx_results import XlsxResults
from app.dialects.tables.encoding import TextEncoding
from app.domain.errors import AccountLimitError, InvalidInputError, UnknownIdError
from app.domain.runs.batch import Format
from app.usecases.batches.download import written_results

MEDIA_OF = {
    Format.JSON: "application/json",
    Format.NDJSON: "application/x-ndjson",
    Format.CSV: "text/csv",
    Format.XLSX: XLSX,
}
_TEXT = {"type": "string"}
_NAMED = {media: form for form, media in MEDIA_OF.items()} | {"application/jsonl": Format.NDJSON}


class Formulas(StrEnum):
    """The treatment of cells in CSV that a spreadsheet would run."""

    ESCAPE = "escape"
    KEEP = "keep"


class Mark(StrEnum):
    """Whether CSV begins with a byte order mark."""

    TRUE = "true"
    FALSE = "false"


@operation(
    "GET",
    "/batches/{batch_id}/results",
    parameters=(parameters.BATCH_ID, parameters.RESULTS_FORMAT, parameters.FORMULAS, parameters.BOM),
    answers={
        200: DocumentedResponse(
            description="Every row in input order, also while the batch is processed.",
            schema=BatchResultsBody,
            headers=("Content-Disposition",),
            others=(("application/x-ndjson", _TEXT), ("text/csv", _TEXT), (XLSX, {**_TEXT, "format": "binary"})),
        )
    },
    refuses=(InvalidInputError, UnknownIdError, AccountLimitError),
)
async def get_batch_results(request: AuthenticatedRequest) -> Stream:
    """Download the rows of a batch with what was found."""
    query = Query(request.http)
    wanted = choice_of(query, "format", Format)
    formulas, mark = choice_of(query, "formulas", Formulas), choice_of(query, "bom", Mark)
    if wanted is None:
        wanted = _named(request.http)
        check_accept(request.http, MEDIA_OF[wanted])
    query.check()
    # Before anything is sent: a batch that does not exist is a 404.
    batch = await request.dependencies.watch_batches.get(request.owner, path_id(request.http, "batch_id", "batch"))
    writer: ResultsWriter
    match wanted:
        case Format.CSV:
            has_mark = None if mark is None else mark is Mark.TRUE
            writer = CsvResults(batch, is_safe=formulas is not Formulas.KEEP, has_mark=has_mark)
        case Format.XLSX:
            writer = XlsxResults(batch)
        case Format.NDJSON:
            writer = NdjsonResults(batch)
        case Format.JSON:
            writer = JsonResults(batch)
    if request.http.method != HttpMethod.HEAD:
        request.context.at_end.append(await request.dependencies.places.download(request.principal.account_id))
    name = f'attachment; filename="batch-{batch.id}.{wanted.value}"'
    return Stream(
        written_results(writer, request.dependencies.watch_batches.fates(batch)),
        media_type=MEDIA_OF[wanted],
        # A byte order mark says which half of a UTF-16 comes first (RFC 2781, section 4).
        encoding="utf-16" if writer.encoding.startswith("utf-16") else TextEncoding(codec=writer.encoding).label,
        headers={"cache-control": "no-store", "content-disposition": name},
    )


def _named(request: AnyRequest) -> Format:
    """Take the first of our media types that the Accept header names."""
    header = ",".join(request.headers.getall("accept"))
    kinds = [part.partition(";")[0].strip().lower() for part in header.split(",")]
    return next((_NAMED[kind] for kind in kinds if kind in _NAMED), Format.JSON)
