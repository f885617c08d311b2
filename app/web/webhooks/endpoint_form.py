"""Read an endpoint from the form that makes or changes one."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from app.domain.webhooks.delivery import Event
from app.domain.webhooks.endpoint import (
    BY_DEFAULT,
    MAX_DESCRIPTION,
    MAX_HEADER_NAME,
    MAX_HEADER_VALUE,
    MAX_HEADERS,
    SUBSCRIBABLE,
    duplicate_names,
    header_problem,
)
from app.domain.webhooks.endpoint_rate_limit import MAX_RATE, MIN_RATE
from app.domain.webhooks.url_policy import MAX_URL
from app.egress import Unresolved, UrlRejected
from app.web.frame.form import Form
from app.web.frame.viewer import Viewer

EVENTS = tuple((event.value, event.value) for event in SUBSCRIBABLE)
_MAX_LINES = MAX_HEADERS * (MAX_HEADER_NAME + MAX_HEADER_VALUE + 4)
CHOSEN_AT_FIRST = tuple(event.value for event in SUBSCRIBABLE if event in BY_DEFAULT)


class SentEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as the form describes it.

    Attributes:
        events: Empty for those that endpoints get by default.
        rate_limit: Attempts a second at most; None for no limit.
        headers: Instead of the custom headers that it has; unset leaves these.
        warning: The reason why the URL cannot be reached now; empty when it can, as far as is known.
    """

    url: str
    events: tuple[str, ...]
    description: str
    rate_limit: int | None
    headers: Mapping[str, str] | UnsetType = UNSET
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
        rate_limit=form.integer("rate_limit", least=MIN_RATE, most=MAX_RATE),
        headers=_read_headers(form),
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


def _read_headers(form: Form) -> Mapping[str, str] | UnsetType:
    """Read custom headers, one a line; unset where none are named, unless those there are shall go."""
    lines = [line for line in form.text("headers", most=_MAX_LINES, required=False).splitlines() if line.strip()]
    if not lines:
        return {} if form.has("no_headers") else UNSET
    named = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if len(named) > MAX_HEADERS:
        form.fault("headers", f"must be at most {MAX_HEADERS} headers")
    for name, value in named:
        if problem := header_problem(name, value):
            form.fault("headers", f"{name[:MAX_HEADER_NAME] or 'an empty name'} {problem}")
    for name in duplicate_names([name for name, _ in named]):
        form.fault("headers", f"{name} is named twice")
    return dict(named)
