"""Runs say why nothing was found, and attempts why their providers stood where they stood."""

import msgspec
import pytest

from app.dialects.leadmodule.response import expectation_body, run_body
from app.domain.waterfall.attempt import Expectation
from app.domain.waterfall.result import FieldResult, Result
from tests.unit.test_dialect_bodies import EMAIL, FOUND, NOT_FOUND, RUN, written

REACHED = FieldResult(reason="quote_reached")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (Result(email=REACHED), "quote_reached"),
        (Result(email=FieldResult(), phone=REACHED), "quote_reached"),
        (Result(phone=FieldResult()), msgspec.UNSET),
        (None, msgspec.UNSET),
    ],
)
def test_a_run_says_why_nothing_was_found_where_no_provider_said_so(result: Result | None, reason: object) -> None:
    assert run_body(msgspec.structs.replace(NOT_FOUND, result=result)).reason == reason


def test_other_runs_have_no_reason() -> None:
    partly = msgspec.structs.replace(FOUND, result=Result(email=EMAIL, phone=REACHED))
    for run in (FOUND, partly, RUN):
        assert run_body(run).reason is msgspec.UNSET


def test_an_attempt_explains_its_place() -> None:
    assert expectation_body(None) is None
    body = expectation_body(Expectation(index_usd=0.02, cost_usd=0.01, chance=0.5, seconds=2.0, prior="house prior"))
    assert body is not None
    assert msgspec.json.decode(written(body)) == {
        "indexUsd": 0.02,
        "costUsd": 0.01,
        "chance": 0.5,
        "seconds": 2.0,
        "observations": 0.0,
        "prior": "house prior",
        "explored": False,
        "lookedAhead": False,
    }
