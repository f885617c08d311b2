"""The first page of webhooks: the endpoints, the newest deliveries, and a new endpoint."""

from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from app.domain.errors import EndpointClosedError, TooManyEndpointsError, UnknownIdError
from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.delivery_log import DeliveryFilter
from app.usecases.webhooks.manage_endpoints import EndpointChange
from app.web.frame.form import Form
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer
from app.web.webhooks.endpoint import endpoint_page
from app.web.webhooks.endpoint_form import CHOSEN_AT_FIRST, EVENTS, read_endpoint
from app.web.webhooks.states import delivery_badge, endpoint_badge

PAGE_DELIVERIES = 50
# The longest is a little shorter than the two weeks that recovery looks back.
MAX_HOURS = 335
_SPANS = ((1, "hour"), (24, "24 hours"), (72, "3 days"), (168, "week"), (MAX_HOURS, "two weeks"))
_STATES = [("", "any state"), *((one.value, one.value) for one in DeliveryState)]


@page("GET", "/app/webhooks")
async def list_webhooks(viewer: Viewer) -> Answer:
    """List the endpoints, and a page of the deliveries, newest first; an unknown word filters nothing."""
    return await _list(viewer, Form())


@page("POST", "/app/webhooks/recover")
async def recover(viewer: Viewer) -> Answer:
    """Give each delivery that failed since a time one more attempt, and say how many there were."""
    form = await viewer.form()
    hours, endpoint = form.integer("hours", least=1, most=MAX_HOURS), form.value("endpoint")
    if hours is None:
        form.fault("", "Choose how far back")
        return await _list(viewer, form)
    since = viewer.services.now() - timedelta(hours=hours)
    try:
        count = await viewer.dependencies.deliveries.recover(
            viewer.owner, since=since, endpoint_id=_uuid(endpoint) if endpoint else None
        )
    except EndpointClosedError as error:
        form.fault("", error.message)
        return await _list(viewer, form)
    return await _list(viewer, Form(), recovered=count)


async def _list(viewer: Viewer, form: Form, recovered: int | None = None) -> Answer:
    state = viewer.query("state")
    wanted = DeliveryFilter(
        state=DeliveryState(state) if state in set(DeliveryState) else None, endpoint_id=_id(viewer, "endpoint")
    )
    endpoints = [one.endpoint for one in await viewer.dependencies.endpoints.list(viewer.owner)]
    found = await viewer.dependencies.deliveries.page(
        viewer.owner, wanted, limit=PAGE_DELIVERIES + 1, before=_id(viewer, "after")
    )
    shown = found[:PAGE_DELIVERIES]
    return viewer.render(
        "webhooks/list.html",
        endpoints=[(one, endpoint_badge(one)) for one in endpoints],
        deliveries=[(one, delivery_badge(one)) for one in shown],
        after=shown[-1].id if len(found) > PAGE_DELIVERIES else None,
        filtered=wanted != DeliveryFilter(),
        states=_STATES,
        receivers=[("", "any"), *((str(one.id), one.description or one.url) for one in endpoints)],
        form=form,
        spans=_SPANS,
        recovered=recovered,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK,
    )


@page("GET", "/app/webhooks/new")
async def show_new_endpoint(viewer: Viewer) -> Answer:
    """Show the form for an endpoint."""
    return _new(viewer, Form())


@page("POST", "/app/webhooks/endpoints")
async def create_endpoint(viewer: Viewer) -> Answer:
    """Make an endpoint."""
    form = await viewer.form()
    sent = await read_endpoint(form, viewer)
    if form.faults:
        return _new(viewer, form)
    wanted = EndpointChange(
        url=sent.url,
        events=sent.events,
        description=sent.description,
        rate_limit=sent.rate_limit,
        headers=sent.headers,
    )
    try:
        made = await viewer.dependencies.endpoints.create(viewer.owner, wanted)
    except TooManyEndpointsError as error:
        form.fault("", error.message)
        return _new(viewer, form)
    if sent.warning:
        return endpoint_page(viewer, made, Form(), warning=sent.warning)
    return viewer.redirect(f"/app/webhooks/endpoints/{made.endpoint.id}")


def _new(viewer: Viewer, form: Form) -> Answer:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    return viewer.render("webhooks/new.html", form=form, events=EVENTS, chosen=CHOSEN_AT_FIRST, status=status)


def _id(viewer: Viewer, name: str) -> UUID | None:
    try:
        return UUID(viewer.query(name))
    except ValueError:
        return None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownIdError("endpoint") from None
