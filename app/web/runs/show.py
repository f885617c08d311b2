"""One run: its answer, the cascade behind it, its deliveries, and its code."""

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlencode

from app.domain.errors import AlreadyEndedError, UnknownIdError
from app.domain.runs.view import AttemptView, RunView
from app.domain.webhooks.delivery_log import DeliveryFilter, DeliveryView
from app.usecases.runs.cancel import cancel_run
from app.web.frame.answer_words import answers_of, state_of
from app.web.frame.cascade import lay_out
from app.web.frame.live import follow
from app.web.frame.page import Answer, page
from app.web.frame.snippets import submit_code
from app.web.frame.viewer import Viewer

PAGE_DELIVERIES = 20
MOST_SHARED = 20
# No message says that a call has begun; while a run goes on, a look for that comes so often.
LOOK_SECONDS = 1.0
_PARTS = ("first_name", "last_name", "full_name", "company_domain", "company_name", "linkedin_url")


@page("GET", "/app/runs/{run_id}")
async def show_run(viewer: Viewer) -> Answer:
    """Show a run as it is now."""
    watch, owner = viewer.dependencies.watch, viewer.owner
    run = await watch.get(owner, viewer.path_id("run_id", "run"))
    attempts = await watch.attempts(owner, run.id)
    given, is_whole = _given(run), not viewer.is_part("run")
    shared = await watch.shared(owner, run.id, limit=MOST_SHARED + 1)
    return viewer.render(
        "runs/run.html",
        run=run,
        mark=_mark(run, attempts),
        state=state_of(run),
        answers=answers_of(run),
        given=given,
        cascade=lay_out(attempts, viewer.services.now()),
        shared=[(one, state_of(one.run)) for one in shared[:MOST_SHARED]] if len(shared) > 1 else [],
        is_of_list=is_whole and await _is_of_list(viewer, run),
        shared_more=len(shared) > MOST_SHARED,
        took=(run.ended_at - run.created_at).total_seconds() if run.ended_at else None,
        deliveries=await _deliveries(viewer, run) if is_whole else [],
        code=submit_code(viewer.origin, {**given, "enrichment_type": run.type.value}),
        again=f"/app/lookup?{urlencode({**given, 'type': run.type.value})}",
    )


@page("GET", "/app/runs/{run_id}/changes")
async def follow_run(viewer: Viewer) -> Answer:
    """Notify the page of a run of changes."""
    watch, run_id = viewer.dependencies.watch, viewer.path_id("run_id", "run")
    # Before anything is sent: a run that does not exist is a page of its own.
    await watch.get(viewer.owner, run_id)
    looks = watch.looks(viewer.owner, run_id, seconds=LOOK_SECONDS)
    return follow(viewer, (_mark(run, attempts) async for run, attempts in looks))


@page("POST", "/app/runs/{run_id}/cancel")
async def cancel(viewer: Viewer) -> Answer:
    """Stop a run before its next call; one that has ended meanwhile is shown as it is."""
    run_id = viewer.path_id("run_id", "run")
    with suppress(AlreadyEndedError):
        await cancel_run(viewer.services, viewer.owner, run_id)
    return viewer.redirect(f"/app/runs/{run_id}")


def _mark(run: RunView, attempts: Sequence[AttemptView]) -> str:
    """Mark what the page shows of a run: its state, and the calls that have begun and ended."""
    return f"{run.status.value}.{len(attempts)}.{sum(one.outcome is not None for one in attempts)}"


async def _deliveries(viewer: Viewer, run: RunView) -> Sequence[DeliveryView]:
    wanted = DeliveryFilter(run_id=run.id)
    return await viewer.dependencies.deliveries.page(viewer.owner, wanted, limit=PAGE_DELIVERIES, before=None)


async def _is_of_list(viewer: Viewer, run: RunView) -> bool:
    """Return whether a run is of a list that has a page; jobs have none."""
    if run.job_id is None:
        return False
    try:
        await viewer.dependencies.watch_batches.get(viewer.owner, run.job_id)
    except UnknownIdError:
        return False
    return True


def _given(run: RunView) -> dict[str, str]:
    """Return the parts of the contact that are not empty."""
    parts = {name: getattr(run.contact, name, None) for name in _PARTS}
    return {name: value for name, value in parts.items() if value}
