"""Decide what to send, when to send it again and when to give up; it does no I/O, so that both drivers share it.

An operation is a generator: it yields a `Request` and is sent the `Reply` (or `Lost`), yields a `Pause`, and returns
its result.
"""

import logging
import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar

from leadrun._pace import Pace
from leadrun.errors import ApiError, DeadlineError, NoAnswerError, error_of

log = logging.getLogger("leadrun")

T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
# How long a request may take beyond the seconds for which the server is asked to hold it.
READ_SECONDS = 30.0
# Answers after which the same request may succeed; the server accepted nothing, or the request may be repeated.
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTED, _REFUSED, _CONFLICT, _TOO_MANY, _UNAVAILABLE = 300, 400, 409, 429, 503
_IN_FLIGHT = "idempotency-in-flight"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to send.

    Attributes:
        path: Below the base URL.
        repeatable: Whether sending it twice has the effect of sending it once.
        submits: Whether it takes a place of the key's rate limit for submissions.
        seconds: For which the answer may be awaited.
        save_to: Where to write the body of a success, instead of memory.
        most_bytes: Of the body of a success that are read; the rest is left.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    submits: bool = False
    seconds: float = READ_SECONDS
    save_to: Path | None = None
    most_bytes: int | None = None

    @property
    def name(self) -> str:
        """Method and path, for the log: parameters may hold personal data."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; names of headers are lower-case, `seconds` is how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Lost:
    """No answer came; `sent` unless the connection was never made."""

    reason: str
    sent: bool


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Seconds in which to send nothing."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Retry:
    """A request that is sent again, as the hook `on_retry` gets it; it holds no personal data.

    Attributes:
        request: Method and path.
        attempt: Of the request that failed, from 1.
        seconds: Until it is sent again.
        reason: The status of the answer, or why there was none.
        request_id: Of the answer.
    """

    request: str
    attempt: int
    seconds: float
    reason: str
    request_id: str | None


Steps = Generator["Request | Pause", "Reply | Lost | None", T]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How patient a client is.

    Attributes:
        max_retries: Repetitions after lost connections and errors of the server, each after a longer pause. Answers
            that say when to come back (429, 503) are not counted; the deadline bounds them.
        idempotent: Whether the server honours `Idempotency-Key`, so that a submission whose answer was lost may be
            sent again.
        on_retry: Called before each repetition.
    """

    max_retries: int = 4
    idempotent: bool = True
    on_retry: Callable[[Retry], None] | None = None
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random


def exchange(request: Request, policy: Policy, deadline: float) -> Steps[Reply]:
    """Send a request until it succeeds.

    Args:
        request: What to send.
        policy: How patient to be.
        deadline: By the policy's clock, when to give up.

    Raises:
        ApiError: The answer is an error that will not change, or would come too late.
        NoAnswerError: No answer came, and none is to be expected or the request must not be repeated.
    """
    attempt = failures = 0
    while True:
        attempt += 1
        if request.submits:
            yield from _turn(policy, deadline)
        answer = yield request
        assert isinstance(answer, Reply | Lost)  # noqa: S101 - drivers answer a request with one of these
        if request.submits:
            policy.pace.note(answer.headers if isinstance(answer, Reply) else {}, policy.clock())
        if isinstance(answer, Reply) and answer.status < _REDIRECTED:
            return answer
        error, told = judged(request, answer)
        if told is None:
            failures += 1
        if not _may_repeat(request, answer, policy) or failures > policy.max_retries:
            raise error
        wait = told if told is not None else backoff(failures, policy)
        if policy.clock() + wait > deadline:
            raise error
        _say(request, attempt, wait, answer, policy)
        yield Pause(seconds=wait)


def _turn(policy: Policy, deadline: float) -> Steps[None]:
    """Wait for a place of the rate limit."""
    while wait := policy.pace.take(policy.clock()):
        if policy.clock() + wait > deadline:
            raise DeadlineError(f"The rate limit has no place before the deadline; the next is free in {wait:.0f} s.")
        yield Pause(seconds=wait)


def judged(request: Request, answer: Reply | Lost) -> tuple[ApiError | NoAnswerError, float | None]:
    """Return the error of an answer, and the seconds that it says to wait."""
    if isinstance(answer, Lost):
        return NoAnswerError(f"{request.name}: {answer.reason}", sent=answer.sent), None
    if answer.status < _REFUSED:
        where = answer.headers.get("location", "somewhere else")
        return NoAnswerError(f"{request.name} is redirected to {where}; set the base URL to that.", sent=True), None
    wait = retry_after(answer.headers)
    error = error_of(answer.status, answer.body, request_id=answer.headers.get("x-request-id"), retry_after=wait)
    comes_back = answer.status in {_TOO_MANY, _UNAVAILABLE, _CONFLICT}
    return error, wait if comes_back else None


def _may_repeat(request: Request, answer: Reply | Lost, policy: Policy) -> bool:
    """Return whether a request may be sent again after this answer."""
    may = request.repeatable and (policy.idempotent or not request.submits)
    if isinstance(answer, Lost):
        return may or not answer.sent
    if answer.status == _CONFLICT:
        return may and _IN_FLIGHT.encode() in answer.body
    if answer.status in {_TOO_MANY, _UNAVAILABLE}:
        # Nothing was accepted, unless the server does not know; then only the key makes a repetition safe.
        return may or b"outcome-unknown" not in answer.body
    return may and answer.status in _AGAIN


def backoff(failures: int, policy: Policy) -> float:
    """Return the pause after so many failures: exponential, half of it by chance."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (failures - 1))
    return float(longest * (0.5 + policy.jitter() / 2))


def _say(request: Request, attempt: int, wait: float, answer: Reply | Lost, policy: Policy) -> None:
    reply = isinstance(answer, Reply)
    retry = Retry(
        request=request.name,
        attempt=attempt,
        seconds=wait,
        reason=str(answer.status) if isinstance(answer, Reply) else answer.reason,
        request_id=answer.headers.get("x-request-id") if isinstance(answer, Reply) else None,
    )
    level = logging.INFO if reply else logging.WARNING
    log.log(level, "%s: %s; sent again in %.1f s (attempt %d)", retry.request, retry.reason, wait, attempt + 1)
    if policy.on_retry:
        policy.on_retry(retry)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After`: seconds or a date (RFC 9110, section 10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
