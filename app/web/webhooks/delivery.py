"""The page of a delivery: its attempts, and one more on demand."""

from datetime import timedelta
from http import HTTPStatus

import msgspec

from app.domain.errors import EndpointClosedError, PayloadExpungedError
from app.domain.webhooks.delivery import Event, message_id
from app.web.frame.form import Form
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer
from app.web.webhooks.states import delivery_badge

# The page follows an attempt that is due within this time; a later one is for a later look.
FOLLOWED = timedelta(seconds=30)
# As much of a payload as a page shows; the payload of a batch without its rows is shorter by far.
_SHOWN_CHARACTERS = 20_000


@page("GET", "/app/webhooks/deliveries/{delivery_id}")
async def show_delivery(viewer: Viewer) -> Answer:
    """Show a delivery as it is now."""
    return await _page(viewer, Form())


@page("POST", "/app/webhooks/deliveries/{delivery_id}/redeliver")
async def redeliver(viewer: Viewer) -> Answer:
    """Request an attempt now."""
    delivery_id, form = viewer.path_id("delivery_id", "delivery"), Form()
    try:
        await viewer.dependencies.deliveries.redeliver(viewer.owner, delivery_id)
    except (EndpointClosedError, PayloadExpungedError) as error:
        form.fault("", error.message)
        return await _page(viewer, form)
    return viewer.redirect(f"/app/webhooks/deliveries/{delivery_id}")


async def _page(viewer: Viewer, form: Form) -> Answer:
    delivery_id = viewer.path_id("delivery_id", "delivery")
    found, tries = await viewer.dependencies.deliveries.get(viewer.owner, delivery_id)
    payload = await viewer.dependencies.deliveries.payload(viewer.owner, delivery_id)
    return viewer.render(
        "webhooks/delivery.html",
        delivery=found,
        message_id=message_id(found.id),
        state=delivery_badge(found),
        tries=tries,
        payload=_written(payload) if payload else "",
        is_list=found.event == Event.BATCH,
        form=form,
        followed=found.due_at is not None and found.due_at <= viewer.services.now() + FOLLOWED,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK,
    )


def _written(payload: bytes) -> str:
    """Write a payload for people; a very long one only as far as it helps."""
    text = msgspec.json.format(payload, indent=2).decode()
    return (
        text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}\n… and {len(text):,} characters in all"
    )
