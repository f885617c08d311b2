"""GET /runs: the collection, newest first, page by page."""

from litestar.response.base import ASGIResponse

from app.api.http.authentication import authenticate
from app.api.http.dependencies import dependencies_of
from app.api.http.json_body import Query, check_accept
from app.api.http.pagination import choice_of, cursor_of, limit_of, time_of, write_cursor
from app.api.http.request_context import AnyRequest, context_of
from app.api.http.responses import json_answer
from app.domain.runs.view import run_json
from app.domain.vocabulary import ResultStatus, RunStatus


async def list_runs(request: AnyRequest) -> ASGIResponse:
    """Show a page of the account's runs; the cursor is the last run shown, so rows that are added move nothing."""
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    await dependencies.limits.take_read(context, principal)
    query = Query(request)
    limit = limit_of(query)
    status = choice_of(query, "status", RunStatus)
    result_status = choice_of(query, "resultStatus", ResultStatus)
    created_after = time_of(query, "createdAfter")
    before = cursor_of(query)
    query.check()
    found = await dependencies.watch.page(
        principal.account_id,
        status=status,
        result_status=result_status,
        created_after=created_after,
        limit=limit + 1,
        before=before,
    )
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer({"runs": [run_json(run) for run in page], "nextCursor": following})
