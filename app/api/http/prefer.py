"""The client's preferences (RFC 7240): how long it wants to wait for the end of a run, or that it does not."""

from collections.abc import Iterator

from app.api.http.request_context import AnyRequest

MAX_WAIT = 60
_MAX_DIGITS = 9


def preferred_wait(request: AnyRequest) -> int | None:
    """Read ``Prefer: wait=N``.

    Returns:
        Whole seconds, at most 60; None when the client states no such preference. What is unknown or malformed is
        ignored, as the RFC demands; of several the first counts.
    """
    for name, value in _preferences(request):
        if name == "wait" and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
            return min(int(value), MAX_WAIT)
    return None


def prefers_async(request: AnyRequest) -> bool:
    """Return whether the client states ``Prefer: respond-async`` (RFC 7240, section 4.1)."""
    return ("respond-async", "") in _preferences(request)


def _preferences(request: AnyRequest) -> Iterator[tuple[str, str]]:
    """Read the name, in lower case, and the value of each preference; parameters behind a semicolon are ignored."""
    for header in request.headers.getall("prefer"):
        for preference in header.split(","):
            name, _, value = preference.partition(";")[0].partition("=")
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            yield name.strip().lower(), value[1:-1] if quoted else value
