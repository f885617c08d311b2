"""Filters of lists: the parameters by which runs, jobs and batches are listed alike."""

from app.api.http.json_body import Query
from app.api.http.pagination import choice_of, time_of
from app.domain.contacts.company_domain import parse_domain
from app.domain.runs.run_filter import MAX_SEARCH, MIN_SEARCH, RunFilter
from app.domain.vocabulary import EnrichmentType, Mode, ResultStatus, RunStatus


def mode_of(query: Query) -> Mode | None:
    """Read the parameter ``mode``; a key sees its own mode alone."""
    return choice_of(query, "mode", Mode)


def filter_of(query: Query, *, of_runs: bool = False) -> RunFilter:
    """Read the filters of a list.

    Args:
        query: What is wrong with it is noted there.
        of_runs: Whether runs are listed, which have a status of their own and a result.
    """
    return RunFilter(
        status=choice_of(query, "status", RunStatus) if of_runs else None,
        result_status=choice_of(query, "resultStatus", ResultStatus) if of_runs else None,
        type=choice_of(query, "enrichmentType", EnrichmentType),
        key=query.text("key"),
        domain=_domain(query),
        search=_search(query),
        created_after=time_of(query, "createdAfter"),
        created_before=time_of(query, "createdBefore"),
    )


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
    return text or None
