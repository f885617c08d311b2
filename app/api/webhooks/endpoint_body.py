"""Reads what a client wants of an endpoint: every wrong member is named at once, nothing is guessed."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from app.dialects.member_names import ignored
from app.dialects.members import BodyReader
from app.domain.errors import FieldError
from app.domain.webhooks.endpoint import MAX_DESCRIPTION, MAX_HEADERS, SUBSCRIBABLE, duplicate_names, header_problem
from app.domain.webhooks.endpoint_rate_limit import MAX_RATE, MIN_RATE
from app.usecases.webhooks.manage_endpoints import EndpointChange

MEMBERS = ("url", "events", "description", "enabled", "headers", "rateLimit", "replay")


def parse_endpoint(body: dict[str, Any], *, new: bool) -> tuple[EndpointChange, list[FieldError], tuple[str, ...]]:
    """Read an endpoint that is made or changed; null counts as absent, but takes a rate away. The URL is not vetted.

    Args:
        body: The JSON object.
        new: Whether it is made, so that it must have a URL, and nothing can be replayed.

    Returns:
        What is wanted, every problem, and warnings for the client.
    """
    members = MEMBERS[:-1] if new else MEMBERS
    given = {name for name in members if body.get(name) is not None}
    reader = BodyReader(body)
    url = reader.url("url")
    if url is None and not any(problem.field == "url" for problem in reader.problems) and (new or "url" in given):
        reader.wrong("url", "is required" if new else "must not be empty")
    description = reader.text("description", MAX_DESCRIPTION)
    events = tuple(event.value for event in reader.choices("events", SUBSCRIBABLE))
    enabled = reader.flag("enabled")
    replay = not new and reader.flag("replay")
    if replay and not enabled:
        reader.wrong("replay", "is only possible together with `enabled: true`")
    wanted = EndpointChange(
        url=url or UNSET,
        events=events if "events" in given else UNSET,
        description=description or "" if "description" in given else UNSET,
        enabled=enabled if "enabled" in given else UNSET,
        headers=_headers(reader, body["headers"]) if "headers" in given else UNSET,
        rate_limit=_rate(reader, body["rateLimit"]) if "rateLimit" in body else UNSET,
        replay=replay,
    )
    return wanted, reader.problems, tuple(ignored(name, members) for name in reader.unknown(members))


def _rate(reader: BodyReader, value: object) -> int | None:
    # A boolean is an int in Python, and 5.0 is an integer in JSON (JSON Schema 2020-12, section 4.2.3).
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if whole is None:
        return None
    if isinstance(whole, bool) or not isinstance(whole, int) or not MIN_RATE <= whole <= MAX_RATE:
        reader.wrong("rateLimit", f"must be a whole number of tries a second, {MIN_RATE} to {MAX_RATE}, or null")
        return None
    return whole


def _headers(reader: BodyReader, value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        reader.wrong("headers", "must be a JSON object of names and values")
        return {}
    if len(value) > MAX_HEADERS:
        reader.wrong("headers", f"must be at most {MAX_HEADERS}")
        return {}
    for name, text in value.items():
        if problem := header_problem(name, text):
            reader.wrong(f"headers.{name[:100]}", problem)
    for name in duplicate_names(value):
        reader.wrong(f"headers.{name[:100]}", "is named duplicate_names")
    return value
