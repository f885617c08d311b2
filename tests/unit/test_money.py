"""Prices, refunds, run states and what an old result answers."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.accounts.pricing import PLANS, is_refunded, price
from app.domain.runs.run import LIVE_STATES, TERMINAL, TRANSITIONS, before
from app.domain.vocabulary import EnrichmentType, Field, Mode, ResultStatus, RunStatus
from app.domain.waterfall.answer import Deliverability
from app.domain.waterfall.cache_policy import answered_by, fresh_since, project
from app.domain.waterfall.result import FieldResult, Result
from tests.rows import each_row

HIT = FieldResult(value="j@acme.example", provider="hunter", confidence=90, status=Deliverability.VALID, score=100)
MISS = FieldResult()


@pytest.mark.parametrize(
    ("plan", "prices"),
    [
        pytest.param("leadmodule", (1, 1, 1, 1), id="leadmodule"),
        pytest.param("leadsonar", (1, 5, 6, 1), id="leadsonar"),
    ],
)
def test_the_published_prices(plan: str, prices: tuple[int, int, int]) -> None:
    assert tuple(price(PLANS[plan], Mode.LIVE, kind) for kind in EnrichmentType) == prices
    assert {price(PLANS[plan], Mode.TEST, kind) for kind in EnrichmentType} == {0}


@each_row(
    ("result", "asked", "our_fault", "refunded"),
    [
        pytest.param(ResultStatus.FOUND, True, False, False, id="found"),
        pytest.param(ResultStatus.NOT_FOUND, True, False, False, id="not found costs the same"),
        pytest.param(ResultStatus.ERROR, True, False, False, id="an error costs the same"),
        pytest.param(ResultStatus.ERROR, False, False, True, id="failed without anybody asked"),
        pytest.param(ResultStatus.ERROR, True, True, True, id="we lost too many workers"),
        pytest.param(None, True, False, False, id="cancelled after a call"),
        pytest.param(None, False, False, True, id="cancelled before the first call"),
    ],
)
def test_when_credits_come_back(
    result: ResultStatus | None,
    asked: bool,  # noqa: FBT001 - a column of the table above
    our_fault: bool,  # noqa: FBT001 - a column of the table above
    refunded: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    assert is_refunded(PLANS["leadmodule"], result, asked=asked, our_fault=our_fault) is refunded


def test_a_terminal_status_leads_nowhere_and_every_living_one_can_end() -> None:
    assert {RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED} == TERMINAL
    for status in LIVE_STATES:
        assert TRANSITIONS[status] >= TERMINAL
    for status in TERMINAL:
        assert set(before(status)) == LIVE_STATES


def test_an_entry_answers_until_it_is_exactly_thirty_days_old() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert fresh_since(now) == now - timedelta(days=30)


def test_all_answers_email_and_phone_but_not_the_other_way_round() -> None:
    assert answered_by(EnrichmentType.EMAIL) == (EnrichmentType.EMAIL, EnrichmentType.ALL)
    assert answered_by(EnrichmentType.ALL) == (EnrichmentType.ALL,)


@each_row(
    ("stored", "wanted", "expected"),
    [
        pytest.param(Result(email=HIT), EnrichmentType.EMAIL, ResultStatus.FOUND, id="found then"),
        pytest.param(Result(email=MISS), EnrichmentType.EMAIL, ResultStatus.NOT_FOUND, id="a miss then"),
        pytest.param(Result(email=HIT), EnrichmentType.PHONE, None, id="no proper answer for the phone then"),
        pytest.param(Result(email=HIT, phone=MISS), EnrichmentType.PHONE, ResultStatus.NOT_FOUND, id="phone missed"),
        pytest.param(Result(email=HIT, phone=MISS), EnrichmentType.ALL, ResultStatus.FOUND, id="all"),
        pytest.param(Result(email=MISS), EnrichmentType.ALL, ResultStatus.NOT_FOUND, id="half a miss"),
        pytest.param(Result(), EnrichmentType.ALL, None, id="nobody answered"),
    ],
)
def test_what_an_old_result_says(stored: Result, wanted: EnrichmentType, expected: ResultStatus | None) -> None:
    answer = project(stored, wanted)
    assert (answer[0] if answer else None) == expected
    if answer and wanted is EnrichmentType.PHONE:
        assert answer[1].get(Field.EMAIL) is None
