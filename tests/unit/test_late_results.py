"""When a result is looked for after a look-up was given up, and what it may still change."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Failed, Found, Miss, Rejected, Trouble
from app.domain.waterfall.attempt import Attempt
from app.domain.waterfall.late_results import (
    POLL_DELAYS,
    LateResult,
    first_poll,
    improved,
    is_final,
    next_poll,
    reason_with_late_result,
    result_of_late,
)
from app.domain.waterfall.result import FieldResult, Result
from tests.rows import each_row

NOW = datetime(2026, 11, 21, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)
VALID, RISKY, UNKNOWN = Deliverability.VALID, Deliverability.RISKY, Deliverability.UNKNOWN
MISSED = FieldResult()
PASSING = ("rate_limited", "connection", "timeout", "server_error")


def found(status: Deliverability = VALID, value: str = "jane.smith@acme.example") -> Found:
    return Found(field=Field.EMAIL, value=value, status=status, confidence=90, score=90)


def failed(trouble: Trouble) -> Failed:
    return Failed(trouble=trouble, reason="so it was")


def part(status: Deliverability = VALID, value: str = "jane.smith@acme.example") -> FieldResult:
    return FieldResult(value=value, provider="dropcontact", confidence=90, status=status, score=90)


def attempt(field: Field, answer: Answer) -> Attempt:
    return Attempt(provider="dropcontact", tier=Tier.T2, field=field, route="person", answer=answer)


def test_only_what_may_have_gone_on_unheard_is_looked_for() -> None:
    looked_for = {trouble for trouble in Trouble if first_poll(failed(trouble), NOW, 1.0)}
    assert looked_for == {Trouble.TIMEOUT, Trouble.CONNECTION, Trouble.SERVER_ERROR}
    assert first_poll(failed(Trouble.INTERRUPTED), NOW, 1.0, cut=True)
    assert [first_poll(answer, NOW, 1.0) for answer in (found(), Miss(), Rejected(reason="a role"))] == [None] * 3
    assert first_poll(failed(Trouble.TIMEOUT), NOW, 0.5) == NOW + timedelta(seconds=POLL_DELAYS[0] / 2)


def test_the_pauses_grow_and_end_after_an_hour() -> None:
    at, looks = first_poll(failed(Trouble.TIMEOUT), NOW, 1.0), 0
    times = []
    while at is not None:
        times.append(at)
        looks += 1
        at = next_poll(looks, NOW, at, 1.0)
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert len(times) == 9
    assert pauses == sorted(pauses)
    assert timedelta(minutes=55) < times[-1] - NOW <= timedelta(minutes=65)


def test_what_nobody_looked_at_for_hours_is_looked_at_once_more_and_left() -> None:
    assert next_poll(1, NOW, NOW + timedelta(hours=5), 1.0) is None


@each_row(
    ("answer", "final"),
    [
        *(pytest.param(answer, True, id=type(answer).__name__) for answer in (found(), Miss(), Rejected(reason="r"))),
        *(
            pytest.param(failed(trouble), trouble not in {"auth_error", "out_of_credits"}, id=trouble.value)
            for trouble in Trouble
            if trouble.value not in {"rate_limited", "connection", "timeout", "server_error"}
        ),
        *(
            pytest.param(failed(Trouble(name)), False, id=name)
            for name in ("rate_limited", "connection", "timeout", "server_error")
        ),
    ],
)
def test_a_look_that_a_key_or_a_moment_stood_in_the_way_of_is_made_again(answer: Answer, final: bool) -> None:  # noqa: FBT001 - a table
    assert is_final(answer) is final


def test_a_late_result_is_what_a_run_would_have_taken() -> None:
    late = result_of_late([attempt(Field.EMAIL, found(RISKY)), attempt(Field.PHONE, Miss())])
    assert late == Result(email=part(RISKY))
    assert result_of_late([attempt(Field.EMAIL, found(Deliverability.INVALID))]) == Result()


@each_row(
    ("held", "held_at", "late", "wanted"),
    [
        pytest.param(None, None, Result(email=part()), Result(email=part()), id="nothing is held"),
        pytest.param(None, None, Result(), None, id="nothing is held and nothing was found"),
        pytest.param(Result(email=MISSED), NOW, Result(email=part()), Result(email=part()), id="its own miss"),
        pytest.param(
            Result(email=part(RISKY)), NOW, Result(email=part()), Result(email=part()), id="its own risky answer"
        ),
        pytest.param(Result(email=part()), NOW, Result(email=part(RISKY)), None, id="its own better answer"),
        pytest.param(Result(email=part()), NOW, Result(email=part(value="other@acme.example")), None, id="as good"),
        pytest.param(
            Result(email=part(), phone=MISSED),
            NOW,
            Result(phone=part(UNKNOWN, "+12025550123")),
            Result(email=part(), phone=part(UNKNOWN, "+12025550123")),
            id="the other field's answer stays",
        ),
        pytest.param(Result(email=MISSED), AFTER, Result(email=part()), None, id="a newer miss"),
        pytest.param(Result(email=part(RISKY)), AFTER, Result(email=part()), None, id="a newer risky answer"),
        pytest.param(Result(email=MISSED), BEFORE, Result(email=part()), Result(email=part()), id="an older miss"),
        pytest.param(
            Result(email=part(), phone=part(UNKNOWN, "+12025550123")),
            BEFORE,
            Result(phone=part(VALID, "+12025550123")),
            None,
            id="an older answer that found more",
        ),
        pytest.param(Result(email=part()), BEFORE, Result(email=part()), None, id="an older answer as good"),
        pytest.param(Result(email=MISSED), NOW, Result(), None, id="nothing was found"),
    ],
)
def test_the_cache_holds_the_better_answer_but_a_newer_word_counts_more(
    held: Result | None, held_at: datetime | None, late: Result, wanted: Result | None
) -> None:
    assert improved(held, held_at, late, NOW) == wanted


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        pytest.param(found(), "too slow; answered later with a hit, too late for this run", id="hit"),
        pytest.param(Miss(), "too slow; answered later that it does not know the person", id="miss"),
        pytest.param(Rejected(reason="a role address"), "too slow; polled later: a role address", id="rejected"),
        pytest.param(failed(Trouble.TICKET_LOST), "too slow; polled later: ticket_lost: so it was", id="ticket lost"),
    ],
)
def test_the_reason_of_an_attempt_tells_what_came_later_and_never_the_value(answer: Answer, wanted: str) -> None:
    note = LateResult(answer=answer, cost_usd=Decimal("0.1"), at=NOW)
    assert reason_with_late_result("too slow", Field.EMAIL, note) == wanted
    assert reason_with_late_result("too slow", Field.EMAIL, None) == "too slow"
