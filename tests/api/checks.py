"""What every error, and every authenticated answer, must have."""

from typing import Any

import httpx

BASE = {"type", "title", "status", "detail", "instance", "error", "requestId"}


def problem(answer: httpx.Response, status: int, code: str, *more: str) -> dict[str, Any]:
    """Check what every error has, and return its document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == BASE | set(more)
    assert body["type"] == f"/errors/{code}"
    assert body["status"] == status
    assert body["detail"] == body["error"] or code == "unauthenticated"  # whose reason may be known
    assert body["instance"] == answer.url.path
    assert body["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    return body


def limited(answer: httpx.Response) -> None:
    """Check the headers of every authenticated answer."""
    policy, state = answer.headers["ratelimit-policy"], answer.headers["ratelimit"]
    assert policy.startswith('"default";q=60;w=60')
    assert state.startswith('"default";r=')
    assert answer.headers["x-ratelimit-limit"] == "60"
    assert 0 <= int(answer.headers["x-ratelimit-remaining"]) <= 60
    assert int(answer.headers["x-ratelimit-reset"]) > 1_700_000_000
