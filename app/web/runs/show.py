"""One run: its answer, the cascade behind it, its deliveries, and its code."""

from contextlib import suppress
from urllib.parse import urlencode

from app.domain.errors import AlreadyEndedError, UnknownIdError
from app.domain.runs.view import RunView
from app.domain.webhooks.delivery_log import DeliveryFilter
from app.usecases.runs.cancel import cancel_run
from app.web.frame.answer_words import answers_of, state_of
from app.web.frame.cascade import lay_out
from app.web.frame.page import Answer, page
from app.web.frame.snippets import submit_code
from app.web.frame.viewer import Viewer

PAGE_DELIVERIES = 20
MOST_SHARED = 20
_PARTS = ("first_name", "last_name", "full_name", "company_domain", "company_name", "linkedin_url")


@page("GET", "/app/runs/{run_id}")
async def show_run(viewer: Viewer) -> Answer:
    """Show a run as it is now."""
    watch, owner = viewer.dependencies.watch, viewer.owner
    run = await watch.get(owner, viewer.path_id("run_id", "run"))
    attempts = await watch.attempts(owner, run.id)
    wanted, given = DeliveryFilter(run_id=run.id), _given(run)
    shared = await watch.shared(owner, run.id, limit=MOST_SHARED + 1)
    return viewer.render(
        "runs/run.html",
        run=run,
        state=state_of(run),
        answers=answers_of(run),
        given=given,
        cascade=lay_out(attempts, viewer.services.now()),
        shared=[(one, state_of(one.run)) for one in shared[:MOST_SHARED]] if len(shared) > 1 else [],
        is_of_list=await _is_of_list(viewer, run),
        shared_more=len(shared) > MOST_SHARED,
        took=(run.ended_at - run.created_at).total_seconds() if run.ended_at else None,
        deliveries=await viewer.dependencies.deliveries.page(owner, wanted, limit=PAGE_DELIVERIES, before=None),
        code=submit_code(viewer.origin, {**given, "enrichment_type": run.type.value}),
        again=f"/app/lookup?{urlencode({**given, 'type': run.type.value})}",
    )


@page("POST", "/app/runs/{run_id}/cancel")
async def cancel(viewer: Viewer) -> Answer:
    """Stop a run before its next call; one that has ended meanwhile is shown as it is."""
    run_id = viewer.path_id("run_id", "run")
    with suppress(AlreadyEndedError):
        await cancel_run(viewer.services, viewer.owner, run_id)
    return viewer.redirect(f"/app/runs/{run_id}")


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
