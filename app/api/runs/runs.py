"""List runs, newest first, page by page."""

from litestar.response.base import ASGIResponse

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query
from app.api.http.pagination import choice_of, cursor_of, limit_of, time_of, write_cursor
from app.api.http.responses import json_answer
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.leadmodule.response import page_body
from app.dialects.leadmodule.schemas import RunPageBody
from app.domain.errors import InvalidInputError
from app.domain.vocabulary import ResultStatus, RunStatus


@operation(
    "GET",
    "/runs",
    parameters=parameters.PAGE,
    answers={200: DocumentedResponse(description="A page.", schema=RunPageBody)},
    refuses=(InvalidInputError,),
)
async def list_runs(request: AuthenticatedRequest) -> ASGIResponse:
    """List runs, newest first.

    The cursor is the last run shown: new runs do not move the pages.
    """
    query = Query(request.http)
    limit = limit_of(query)
    status = choice_of(query, "status", RunStatus)
    result_status = choice_of(query, "resultStatus", ResultStatus)
    created_after = time_of(query, "createdAfter")
    before = cursor_of(query)
    query.check()
    found = await request.dependencies.watch.page(
        request.owner,
        status=status,
        result_status=result_status,
        created_after=created_after,
        limit=limit + 1,
        before=before,
    )
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer(page_body(page, following))
