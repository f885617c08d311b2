"""The page of a delivery: its attempts, and one more on demand."""

from datetime import timedelta
from http import HTTPStatus

from app.domain.errors import EndpointClosedError, PayloadExpungedError
from app.domain.webhooks.delivery import Event, message_id
from app.web.frame.form import Form
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer
from app.web.webhooks.states import delivery_badge

# The page follows an attempt that is due within this time; a later one is for a later look.
FOLLOWED = timedelta(seconds=30)


@page("GET", "/app/webhooks/deliveries/{delivery_id}")
async def show_delivery(viewer: Viewer) -> Answer:
    """Show a delivery as it is now."""
    return await _page(viewer, Form())


@page("POST", "/app/webhooks/deliveries/{delivery_id}/redeliver")
async def redeliver(viewer: Viewer) -> Answer:
    """Ask for a try now."""
    delivery_id, form = viewer.path_id("delivery_id", "delivery"), Form()
    try:
        await viewer.dependencies.deliveries.redeliver(viewer.owner, delivery_id)
    except (EndpointClosedError, PayloadExpungedError) as error:
        form.fault("", error.message)
        return await _page(viewer, form)
    return viewer.redirect(f"/app/webhooks/deliveries/{delivery_id}")


async def _page(viewer: Viewer, form: Form) -> Answer:
    found, tries = await viewer.dependencies.deliveries.get(viewer.owner, viewer.path_id("delivery_id", "delivery"))
    return viewer.render(
        "webhooks/delivery.html",
        delivery=found,
        message_id=message_id(found.id),
        state=delivery_badge(found),
        tries=tries,
        is_list=found.event == Event.BATCH,
        form=form,
        followed=found.due_at is not None and found.due_at <= viewer.services.now() + FOLLOWED,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK,
    )
