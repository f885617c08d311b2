"""The client's preferences (RFC 7240): how long it wants to wait for the end of a run, or that it does not."""

import re

from app.api.http.request_context import AnyRequest

MAX_WAIT = 60

_WAIT = re.compile(r'\s*wait\s*=\s*("?)(?P<seconds>\d{1,9})\1\s*(?:;.*)?', re.ASCII | re.IGNORECASE | re.DOTALL)
_ASYNC = re.compile(r'\s*respond-async\s*(?:=\s*(?:"")?\s*)?(?:;.*)?', re.ASCII | re.IGNORECASE | re.DOTALL)


def preferred_wait(request: AnyRequest) -> int | None:
    """Read ``Prefer: wait=N``.

    Returns:
        Whole seconds, at most 60; None when the client states no such preference. What is unknown or malformed is
        ignored, as the RFC demands; of several the first counts.
    """
    for preference in _preferences(request):
        if found := _WAIT.fullmatch(preference):
            return min(int(found["seconds"]), MAX_WAIT)
    return None


def prefers_async(request: AnyRequest) -> bool:
    """Return whether the client states ``Prefer: respond-async`` (RFC 7240, section 4.1)."""
    return any(_ASYNC.fullmatch(preference) for preference in _preferences(request))


def _preferences(request: AnyRequest) -> list[str]:
    return [preference for header in request.headers.getall("prefer", []) for preference in header.split(",")]
