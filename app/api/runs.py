"""GET /runs: the collection, newest first, page by page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.answer import json_answer
from app.api.auth import authenticate
from app.api.decode import Query, check_accept
from app.api.desk import desk_of
from app.api.visit import AnyRequest, visit_of
from app.domain.conclusion import ResultStatus
from app.domain.run import RunStatus
from app.domain.view import run_json

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
_VERSION = b"\x01"
_CURSOR_LENGTH = 23


async def list_runs(request: AnyRequest) -> ASGIResponse:
    """Show a page of the account's runs; the cursor is the last run shown, so rows that are added move nothing."""
    desk, visit = desk_of(request.scope), visit_of(request.scope)
    principal = await authenticate(desk, visit, request)
    check_accept(request)
    await desk.limits.take_read(visit, principal)
    query = Query(request)
    limit = query.whole("limit", 1, MAX_LIMIT) or DEFAULT_LIMIT
    status = _status(query)
    result_status = _result_status(query)
    created_after = _time(query, "createdAfter")
    before = _cursor(query)
    query.check()
    found = await desk.watch.page(
        principal.account_id,
        status=status,
        result_status=result_status,
        created_after=created_after,
        limit=limit + 1,
        before=before,
    )
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer({"runs": [run_json(run) for run in page], "nextCursor": following})


def write_cursor(run_id: UUID) -> str:
    """Write a cursor: URL-safe base64 of a version and the last run's id, opaque to clients."""
    return urlsafe_b64encode(_VERSION + run_id.bytes).decode().rstrip("=")


def read_cursor(text: str) -> UUID | None:
    """Read a cursor; None when it is not one of ours."""
    if len(text) != _CURSOR_LENGTH or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=")
    except ValueError:
        return None
    return UUID(bytes=raw[1:]) if raw[:1] == _VERSION and write_cursor(UUID(bytes=raw[1:])) == text else None


def _cursor(query: Query) -> UUID | None:
    text = query.text("cursor")
    if text is None:
        return None
    before = read_cursor(text)
    if before is None:
        query.wrong("cursor", "is not a cursor of this collection; send nextCursor as it was given")
    return before


def _status(query: Query) -> RunStatus | None:
    text = query.text("status")
    if text is not None and text not in set(RunStatus):
        query.wrong("status", f"must be one of {', '.join(RunStatus)}")
        return None
    return RunStatus(text) if text else None


def _result_status(query: Query) -> ResultStatus | None:
    text = query.text("resultStatus")
    if text is not None and text not in set(ResultStatus):
        query.wrong("resultStatus", f"must be one of {', '.join(ResultStatus)}")
        return None
    return ResultStatus(text) if text else None


def _time(query: Query, name: str) -> datetime | None:
    text = query.text(name)
    if text is None:
        return None
    try:
        # A "+" that was not percent-encoded arrives as a blank.
        value = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        query.wrong(name, "must be a time with its offset (RFC 3339), such as 2026-01-31T12:00:00Z")
        return None
    return value
