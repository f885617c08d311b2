"""The table of runs, with filters that stay in the URL."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from app.domain.contacts.company_domain import parse_domain
from app.domain.runs.run_filter import MAX_SEARCH, MIN_SEARCH, RunFilter
from app.domain.vocabulary import EnrichmentType, ResultStatus, RunStatus
from app.web.frame.answer_words import answers_of, state_of
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer

PAGE_RUNS = 50
# Of the days that a filter may name.
FIRST_YEAR, LAST_YEAR = 2000, 2999

E = TypeVar("E", bound=StrEnum)

_STATES = [("", "any state"), *((one.value, one.value) for one in RunStatus)]
_RESULTS = [("", "any result"), ("found", "found"), ("not_found", "not found"), ("error", "no answer")]
_TYPES = [("", "any kind"), ("email", "e-mail"), ("phone", "phone"), ("all", "both")]


@page("GET", "/app/runs")
async def list_runs(viewer: Viewer) -> Answer:
    """List the runs, newest first."""
    wanted, faults = _filter(viewer)
    runs = (
        []
        if faults
        else await viewer.dependencies.watch.page(viewer.owner, wanted, limit=PAGE_RUNS + 1, before=_after(viewer))
    )
    shown = runs[:PAGE_RUNS]
    return viewer.render(
        "runs/list.html",
        rows=[(run, state_of(run), answers_of(run)) for run in shown],
        after=shown[-1].id if len(runs) > PAGE_RUNS else None,
        faults=faults,
        filtered=wanted != RunFilter(),
        states=_STATES,
        results=_RESULTS,
        types=_TYPES,
    )


def _filter(viewer: Viewer) -> tuple[RunFilter, list[str]]:
    """Read the filters and their faults; a word that is none of the offered ones filters nothing."""
    faults = []
    domain, search = viewer.query("domain"), viewer.query("q")
    if domain and parse_domain(domain) is None:
        faults.append(f"“{domain}” is no company's domain; write one like acme.example.")
    if search and not MIN_SEARCH <= len(search) <= MAX_SEARCH:
        faults.append(f"Search for {MIN_SEARCH} to {MAX_SEARCH} characters.")
    since, until = _day(viewer, "since", faults), _day(viewer, "until", faults)
    return RunFilter(
        status=_one_of(RunStatus, viewer.query("status")),
        result_status=_one_of(ResultStatus, viewer.query("result")),
        type=_one_of(EnrichmentType, viewer.query("type")),
        key=viewer.query("key") or None,
        domain=parse_domain(domain) if domain else None,
        search=search or None,
        # What is asked for is after a time, and the first moment of the day belongs to it.
        created_after=since - timedelta(microseconds=1) if since else None,
        created_before=until + timedelta(days=1) if until else None,
    ), faults


def _day(viewer: Viewer, name: str, faults: list[str]) -> datetime | None:
    """Read the beginning of a day in UTC, as a browser's field of a date writes it."""
    text = viewer.query(name)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError:
        day = None
    if text and not (day and FIRST_YEAR <= day.year <= LAST_YEAR):
        faults.append(f"“{text[:MAX_SEARCH]}” is no day; write one like 2026-11-28.")
        return None
    return day


def _one_of(among: type[E], text: str) -> E | None:
    return among(text) if text in {one.value for one in among} else None


def _after(viewer: Viewer) -> UUID | None:
    try:
        return UUID(viewer.query("after"))
    except ValueError:
        return None
