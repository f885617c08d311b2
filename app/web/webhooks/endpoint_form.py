"""Reads an endpoint from the form that makes or changes one."""

import msgspec

from app.domain.webhooks.delivery import Event
from app.domain.webhooks.endpoint import BY_DEFAULT, MAX_DESCRIPTION, SUBSCRIBABLE
from app.domain.webhooks.url_policy import MAX_URL
from app.egress import Unresolved, UrlRejected
from app.web.frame.form import Form
from app.web.frame.viewer import Viewer

EVENTS = tuple((event.value, event.value) for event in SUBSCRIBABLE)
CHOSEN_AT_FIRST = tuple(event.value for event in SUBSCRIBABLE if event in BY_DEFAULT)


class SentEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as the form describes it.

    Attributes:
        events: Empty for those that endpoints get by default.
        warning: The reason why the URL cannot be reached now; empty when it can, as far as is known.
    """

    url: str
    events: tuple[str, ...]
    description: str
    warning: str = ""


async def read_endpoint(form: Form, viewer: Viewer, url_before: str = "") -> SentEndpoint:
    """Read an endpoint; what is wrong with it is noted in the form.

    Args:
        form: That was sent.
        viewer: Whose mode decides which networks may be reached.
        url_before: The URL that it has, which is not vetted once more.
    """
    chosen = form.choices("events", Event)
    events = tuple(event.value for event in SUBSCRIBABLE if event in chosen)
    if not events:
        form.fault("events", "must not be empty: choose what is sent")
    sent = SentEndpoint(
        url=form.text("url", most=MAX_URL),
        events=() if events == CHOSEN_AT_FIRST else events,
        description=form.text("description", most=MAX_DESCRIPTION, required=False),
    )
    # DNS is asked only where nothing else is wrong.
    if form.faults or sent.url == url_before:
        return sent
    match await viewer.dependencies.vetting.vet_url(sent.url, viewer.mode):
        case UrlRejected(reason=reason):
            form.fault("url", reason)
        case Unresolved(reason=reason):
            return msgspec.structs.replace(sent, warning=reason)
        case _:
            pass
    return sent
