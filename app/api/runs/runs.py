"""List runs, newest first, page by page."""

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.filters import filter_of, mode_of
from app.api.http.json_body import Query
from app.api.http.pagination import cursor_of, limit_of, write_cursor
from app.api.http.responses import Answer, json_answer
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.leadmodule.response import page_body
from app.dialects.leadmodule.schemas import RunPageBody
from app.domain.errors import InvalidInputError
from app.domain.vocabulary import Dialect


@operation(
    "GET",
    "/runs",
    parameters=parameters.PAGE,
    answers={200: DocumentedResponse(description="A page.", schema=RunPageBody)},
    refuses=(InvalidInputError,),
    dialect=Dialect.LEADMODULE,
)
async def list_runs(request: AuthenticatedRequest) -> Answer:
    """List runs, newest first.

    The cursor is the last run shown: new runs do not move the pages.
    """
    query = Query(request.http)
    limit = limit_of(query)
    mode, wanted = mode_of(query), filter_of(query, of_runs=True)
    before = cursor_of(query)
    query.check()
    # A key sees the runs of its own mode alone.
    if mode not in {None, request.principal.mode}:
        return json_answer(page_body([], None))
    found = await request.dependencies.watch.page(request.owner, wanted, limit=limit + 1, before=before)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer(page_body(page, following))
