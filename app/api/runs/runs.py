"""List runs, newest first, page by page."""

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query
from app.api.http.pagination import choice_of, cursor_of, limit_of, time_of, write_cursor
from app.api.http.responses import Answer, json_answer
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.leadmodule.response import page_body
from app.dialects.leadmodule.schemas import RunPageBody
from app.domain.contacts.company_domain import parse_domain
from app.domain.errors import InvalidInputError
from app.domain.runs.run_filter import MAX_SEARCH, MIN_SEARCH, RunFilter
from app.domain.vocabulary import Dialect, EnrichmentType, Mode, ResultStatus, RunStatus


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
    mode = choice_of(query, "mode", Mode)
    wanted = RunFilter(
        status=choice_of(query, "status", RunStatus),
        result_status=choice_of(query, "resultStatus", ResultStatus),
        type=choice_of(query, "enrichmentType", EnrichmentType),
        key=query.text("key"),
        domain=_domain(query),
        search=_search(query),
        created_after=time_of(query, "createdAfter"),
        created_before=time_of(query, "createdBefore"),
    )
    before = cursor_of(query)
    query.check()
    # A key sees the runs of its own mode alone.
    if mode not in {None, request.principal.mode}:
        return json_answer(page_body([], None))
    found = await request.dependencies.watch.page(request.owner, wanted, limit=limit + 1, before=before)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer(page_body(page, following))


def _domain(query: Query) -> str | None:
    text = query.text("domain")
    domain = parse_domain(text) if text else None
    if text and domain is None:
        query.wrong("domain", "must be the domain of a company, such as acme.example")
    return domain


def _search(query: Query) -> str | None:
    text = (query.text("q") or "").strip()
    if query.text("q") and not MIN_SEARCH <= len(text) <= MAX_SEARCH:
        query.wrong("q", f"must have {MIN_SEARCH} to {MAX_SEARCH} characters")
    if "\0" in text:
        query.wrong("q", "must not hold the character NUL")
    return text or None
