"""The page of an endpoint: changed, tested, enabled and disabled, removed; its secret on demand."""

from http import HTTPStatus

from msgspec import UNSET

from app.domain.webhooks.delivery import host_of
from app.usecases.webhooks.manage_endpoints import EndpointChange, EndpointView
from app.usecases.webhooks.signing_secrets import SigningSecrets, read_webhook_secrets, rotate_webhook_secret
from app.web.frame.form import Form
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer
from app.web.webhooks.endpoint_form import CHOSEN_AT_FIRST, EVENTS, read_endpoint
from app.web.webhooks.states import endpoint_badge
from app.web.webhooks.verify_code import VERIFY_CODE


@page("GET", "/app/webhooks/endpoints/{endpoint_id}")
async def show_endpoint(viewer: Viewer) -> Answer:
    """Show an endpoint."""
    return endpoint_page(viewer, await _read(viewer), Form())


@page("POST", "/app/webhooks/endpoints/{endpoint_id}")
async def change_endpoint(viewer: Viewer) -> Answer:
    """Change what was said when it was made; what is pending goes to a new URL."""
    view, form = await _read(viewer), await viewer.form()
    before = view.endpoint
    sent = await read_endpoint(form, viewer, before.url)
    if form.faults:
        return endpoint_page(viewer, view, form)
    # Those that it has by default stay so when they are sent as they were, and so do those that were named.
    same = (sent.events or CHOSEN_AT_FIRST) == (before.events or CHOSEN_AT_FIRST)
    wanted = EndpointChange(
        url=sent.url,
        events=UNSET if same else sent.events,
        description=sent.description,
        rate_limit=sent.rate_limit,
        headers=sent.headers,
    )
    changed, _ = await viewer.dependencies.endpoints.change(viewer.owner, before.id, wanted)
    if sent.warning:
        return endpoint_page(viewer, changed, Form(), warning=sent.warning)
    return viewer.redirect(f"/app/webhooks/endpoints/{before.id}")


@page("POST", "/app/webhooks/endpoints/{endpoint_id}/test")
async def test_endpoint(viewer: Viewer) -> Answer:
    """Send `webhook.ping`, and show how it fares."""
    owed = await viewer.dependencies.endpoints.test(viewer.owner, viewer.path_id("endpoint_id", "endpoint"))
    return viewer.redirect(f"/app/webhooks/deliveries/{owed.id}")


@page("POST", "/app/webhooks/endpoints/{endpoint_id}/enable")
async def enable_endpoint(viewer: Viewer) -> Answer:
    """Enable an endpoint, and send what it missed if that is wanted."""
    endpoint_id, form = viewer.path_id("endpoint_id", "endpoint"), await viewer.form()
    wanted = EndpointChange(enabled=True, replay=form.has("replay"))
    await viewer.dependencies.endpoints.change(viewer.owner, endpoint_id, wanted)
    return viewer.redirect(f"/app/webhooks/endpoints/{endpoint_id}")


@page("POST", "/app/webhooks/endpoints/{endpoint_id}/disable")
async def disable_endpoint(viewer: Viewer) -> Answer:
    """Disable an endpoint."""
    endpoint_id = viewer.path_id("endpoint_id", "endpoint")
    await viewer.dependencies.endpoints.change(viewer.owner, endpoint_id, EndpointChange(enabled=False))
    return viewer.redirect(f"/app/webhooks/endpoints/{endpoint_id}")


@page("POST", "/app/webhooks/endpoints/{endpoint_id}/secret")
async def show_secret(viewer: Viewer) -> Answer:
    """Show the secret; the first look makes one."""
    view = await _read(viewer)
    secrets = await read_webhook_secrets(viewer.services, viewer.owner, view.endpoint.id)
    return endpoint_page(viewer, view, Form(), secrets=secrets)


@page("POST", "/app/webhooks/endpoints/{endpoint_id}/secret/rotate")
async def rotate_secret(viewer: Viewer) -> Answer:
    """Make a new secret, and show it."""
    view = await _read(viewer)
    secrets = await rotate_webhook_secret(viewer.services, viewer.owner, view.endpoint.id)
    return endpoint_page(viewer, view, Form(), secrets=secrets)


@page("POST", "/app/webhooks/endpoints/{endpoint_id}/remove")
async def remove_endpoint(viewer: Viewer) -> Answer:
    """Remove an endpoint whose host the person wrote."""
    view, form = await _read(viewer), await viewer.form()
    form.confirm("confirm", host_of(view.endpoint.url))
    if form.faults:
        return endpoint_page(viewer, view, form)
    await viewer.dependencies.endpoints.delete(viewer.owner, view.endpoint.id)
    return viewer.redirect("/app/webhooks")


def endpoint_page(
    viewer: Viewer, view: EndpointView, form: Form, *, warning: str = "", secrets: SigningSecrets | None = None
) -> Answer:
    """Show an endpoint, with the faults of a form, a warning about its URL, or its secrets."""
    return viewer.render(
        "webhooks/endpoint.html",
        endpoint=view.endpoint,
        header_names=view.header_names,
        host=host_of(view.endpoint.url),
        state=endpoint_badge(view.endpoint),
        form=form,
        warning=warning,
        secrets=secrets,
        events=EVENTS,
        chosen=view.endpoint.events or CHOSEN_AT_FIRST,
        code=VERIFY_CODE,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK,
    )


async def _read(viewer: Viewer) -> EndpointView:
    return await viewer.dependencies.endpoints.get(viewer.owner, viewer.path_id("endpoint_id", "endpoint"))
