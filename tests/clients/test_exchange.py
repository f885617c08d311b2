"""When the client sends a request again, how long it waits, and when it gives up; no socket is opened."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrun import errors
from leadrun._exchange import Lost, Pause, Policy, Reply, Request, Retry, exchange, retry_after
from leadrun._pace import Pace
from tests.architecture.tree import text_of
from tests.clients.error_kinds import KINDS, STATUSES

OK = Reply(status=200, headers={}, body=b"{}")
GET = Request(method="GET", path="/runs")
SUBMIT = Request(method="POST", path="/enrich", submits=True)
ONCE = Request(method="POST", path="/webhooks/deliveries/1/redeliver", repeatable=False)
CUT = Lost(reason="ReadError", sent=True)
REFUSED = Lost(reason="ConnectError", sent=False)


def status(number: int, code: str = "", **headers: str) -> Reply:
    """Write an error as the API does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=number, headers=named, body=b'{"type": "/errors/%b", "detail": "no"}' % code.encode())


class Clock:
    """A clock that pauses advance."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def play(
    request: Request,
    answers: Sequence[Reply | Lost],
    *,
    deadline: float = 60.0,
    idempotent: bool = True,
    max_retries: int = 4,
) -> tuple[Reply | errors.LeadrunError, list[float]]:
    """Answer a request; returns the result or the error, and the pauses."""
    clock, pauses = Clock(), list[float]()
    policy = Policy(clock=clock, jitter=lambda: 1.0, idempotent=idempotent, max_retries=max_retries)
    steps, left = exchange(request, policy, deadline), list(answers)
    try:
        step = next(steps)
        while True:
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                clock.now += step.seconds
                step = steps.send(None)
            else:
                step = steps.send(left.pop(0))
    except StopIteration as end:
        assert not left
        reply: Reply = end.value
        return reply, pauses
    except errors.LeadrunError as error:
        assert not left
        return error, pauses


@pytest.mark.parametrize(
    ("request_", "answers", "pauses"),
    [
        pytest.param(GET, [OK], [], id="at once"),
        pytest.param(GET, [status(429, retry_after="7"), OK], [7.0], id="429 says when"),
        pytest.param(GET, [status(503, retry_after="2"), OK], [2.0], id="503 says when"),
        pytest.param(GET, [status(429, retry_after="3")] * 9 + [OK], [3.0] * 9, id="429 more often than retries"),
        pytest.param(GET, [status(429), OK], [0.5], id="429 without a word"),
        pytest.param(GET, [status(500), OK], [0.5], id="500 of a read"),
        pytest.param(GET, [status(502), status(504), OK], [0.5, 1.0], id="a gateway"),
        pytest.param(GET, [CUT, CUT, CUT, CUT, OK], [0.5, 1.0, 2.0, 4.0], id="cut four times"),
        pytest.param(GET, [REFUSED, OK], [0.5], id="refused connection"),
        pytest.param(SUBMIT, [CUT, OK], [0.5], id="a submission whose answer is lost"),
        pytest.param(SUBMIT, [status(500), OK], [0.5], id="500 of a submission"),
        pytest.param(
            SUBMIT, [status(409, "idempotency-in-flight", retry_after="1"), OK], [1.0], id="the same key in flight"
        ),
        pytest.param(SUBMIT, [status(503, "outcome-unknown", retry_after="2"), OK], [2.0], id="outcome unknown"),
        pytest.param(ONCE, [REFUSED, OK], [0.5], id="never sent"),
        pytest.param(ONCE, [status(429, retry_after="1"), OK], [1.0], id="not accepted"),
        pytest.param(ONCE, [status(503, "unavailable", retry_after="1"), OK], [1.0], id="nothing was done"),
    ],
)
def test_a_request_is_sent_again(request_: Request, answers: list[Reply | Lost], pauses: list[float]) -> None:
    assert play(request_, answers) == (OK, pauses)


@pytest.mark.parametrize(
    ("request_", "answers", "kind"),
    [
        pytest.param(GET, [status(400)], errors.InvalidRequestError, id="invalid"),
        pytest.param(GET, [status(401)], errors.AuthenticationError, id="key"),
        pytest.param(SUBMIT, [status(402, "insufficient-credits")], errors.NotEnoughCreditsError, id="credits"),
        pytest.param(GET, [status(403)], errors.PermissionDeniedError, id="scope"),
        pytest.param(GET, [status(404)], errors.NotFoundError, id="unknown"),
        pytest.param(GET, [status(409, "already-ended")], errors.AlreadyEndedError, id="ended"),
        pytest.param(GET, [status(409, "payload-expunged")], errors.ConflictError, id="another conflict"),
        pytest.param(GET, [status(413)], errors.InvalidRequestError, id="too large"),
        pytest.param(GET, [status(415)], errors.InvalidRequestError, id="media type"),
        pytest.param(SUBMIT, [status(422, "idempotency-mismatch")], errors.IdempotencyMismatchError, id="key reused"),
        pytest.param(GET, [status(429, retry_after="61")], errors.RateLimitedError, id="beyond the deadline"),
        pytest.param(GET, [status(501)], errors.ServerError, id="a status that stays"),
        pytest.param(GET, [CUT] * 5, errors.NoAnswerError, id="cut too often"),
        pytest.param(GET, [status(500)] * 5, errors.ServerError, id="failing too often"),
        pytest.param(ONCE, [CUT], errors.NoAnswerError, id="perhaps done"),
        pytest.param(ONCE, [status(500)], errors.ServerError, id="perhaps done, 500"),
        pytest.param(ONCE, [status(503, "outcome-unknown")], errors.OutcomeUnknownError, id="outcome unknown"),
        pytest.param(GET, [status(302, location="https://other.example")], errors.NoAnswerError, id="redirected"),
    ],
)
def test_an_error_is_raised(request_: Request, answers: list[Reply | Lost], kind: type[errors.LeadrunError]) -> None:
    error, _ = play(request_, answers)
    assert type(error) is kind


def test_each_error_of_the_guide_has_its_class_in_each_language() -> None:
    assert set(KINDS) == set(STATUSES)
    for code, kind in KINDS.items():
        body = b'{"type": "/errors/%b"}' % code.encode()
        assert type(errors.error_of(STATUSES[code], body, request_id=None, retry_after=None)) is kind, code
    # Those of a type of their own, not of a status; the TypeScript client's own tests play them all.
    for code in errors.CLASSES_BY_CODE:
        for source in ("clients/typescript/src/errors.ts", "clients/go/errors.go"):
            assert f'"{code}": ' in text_of(source), f"{source} has no class for {code}"


@pytest.mark.parametrize("answer", [CUT, status(500), status(503, "outcome-unknown")])
def test_a_service_without_idempotency_gets_no_submission_twice(answer: Reply | Lost) -> None:
    error, pauses = play(SUBMIT, [answer], idempotent=False)
    assert isinstance(error, errors.LeadrunError)
    assert not pauses


def test_a_retry_is_announced_without_personal_data() -> None:
    told: list[Retry] = []
    request = Request(method="GET", path="/runs", params={"q": "jane@acme.example"})
    policy = Policy(clock=Clock(), jitter=lambda: 0.0, on_retry=told.append)
    steps = exchange(request, policy, 60)
    next(steps)
    steps.send(status(429, retry_after="1", x_request_id="r1"))
    assert told == [Retry(request="GET /runs", attempt=1, seconds=1.0, reason="429", request_id="r1")]
    assert "jane" not in repr(told)


def test_an_error_has_what_the_problem_says() -> None:
    body = (
        b'{"type": "/errors/insufficient-credits", "detail": "Not enough", "creditsRequired": 6, '
        b'"creditsAvailable": 5, "requestId": "r2", "errors": [{"field": "a", "message": "b"}, 7]}'
    )
    error, _ = play(SUBMIT, [Reply(status=402, headers={}, body=body)])
    assert isinstance(error, errors.NotEnoughCreditsError)
    assert (error.required, error.available, error.request_id, error.code) == (6, 5, "r2", "insufficient-credits")
    assert error.errors == (errors.FieldFault(field="a", message="b"),)
    assert str(error) == "402: Not enough (request r2)"


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b"null", b"\xff\xfe", b'{"error": 7}'])
def test_an_error_that_is_no_problem_document_is_still_one(body: bytes) -> None:
    error, _ = play(GET, [Reply(status=404, headers={}, body=body)])
    assert isinstance(error, errors.NotFoundError)
    assert "<html>" not in str(error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("0", 0.0, id="now"),
        pytest.param(" 12 ", 12.0, id="blanks"),
        pytest.param("", None, id="empty"),
        pytest.param("-1", None, id="negative"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("soon", None, id="a word"),
        pytest.param("²", None, id="a digit of another kind"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 GMT", 0.0, id="a date that has passed"),
        pytest.param("Wed, 99 Oct 2015 07:28:00 GMT", None, id="no date"),
    ],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}) == seconds


def test_retry_after_may_be_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=60)  # noqa: TID251 - compared with the machine's clock
    seconds = retry_after({"retry-after": format_datetime(later, usegmt=True)})
    assert seconds is not None
    assert 50 < seconds <= 60


def test_a_rate_limit_that_is_used_up_is_waited_for() -> None:
    pace = Pace()
    assert pace.take(0) == 0
    pace.note({"ratelimit": '"default";r=1;t=30'}, 0)
    assert pace.take(0) == 0
    assert pace.take(1) == 29
    pace.note({"ratelimit": '"default";r=0;t=5'}, 2)
    assert pace.take(3) == 4
    # One goes ahead when a place is free, and the others wait for its answer.
    assert pace.take(7) == 0
    assert pace.take(7) == 1
    pace.note({"ratelimit": '"default";r=2;t=1'}, 7.1)
    assert [pace.take(7.2), pace.take(7.2)] == [0, 0]
    assert pace.take(7.2) > 0


@pytest.mark.parametrize("header", ["", "nonsense", '"default";r=', '"default";t=3', "r=5;t=3", '"reads";r=x'])
def test_what_is_no_rate_limit_holds_nobody_up(header: str) -> None:
    pace = Pace()
    for _ in range(100):
        assert pace.take(0) == 0
        pace.note({"ratelimit": header}, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=30))
def test_a_place_is_always_given_in_the_end(notes: list[tuple[int, int]]) -> None:
    pace, now = Pace(), 0.0
    for left, until in notes:
        pace.note({"ratelimit": f'"default";r={left};t={until}'}, now)
        for _ in range(100):
            wait = pace.take(now)
            if not wait:
                break
            now += wait
        else:
            raise AssertionError("no place is ever given")
