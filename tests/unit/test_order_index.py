"""The index: the order by it is optimal, and going on is decided by what is in hand."""

import math

import pytest

from app.domain.order.index import NEVER, Step, Worth, in_order
from tests.rows import each_row


def test_the_chance_of_a_hit_drops_out_where_only_success_costs() -> None:
    rare, common = Step(success=0.03, returns=0.1, accepts=0.9), Step(success=0.03, returns=0.8, accepts=0.9)
    assert rare.index() == pytest.approx(common.index()) == pytest.approx(0.03 / 0.9)


def test_the_index_is_the_call_over_the_chance_and_the_success_over_the_precision() -> None:
    step = Step(call=0.02, success=0.03, verify=0.004, returns=0.5, accepts=0.8, seconds=3)
    expected = 0.02 / (0.5 * 0.8) + (0.03 + 0.004) / 0.8 + 0.001 * 3 / (0.5 * 0.8)
    assert step.index(0.001) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("step", "index"),
    [
        (Step(call=0.01, returns=0.0), NEVER),
        (Step(success=0.01, returns=0.5, accepts=0.0), NEVER),
        (Step(success=0.01, returns=0.0), 0.01),
        (Step(returns=0.0, seconds=2), 0.0),
    ],
)
def test_a_step_without_a_chance_is_taken_only_where_it_costs_nothing_to_miss(step: Step, index: float) -> None:
    assert step.index() == index


def cost_of(first: Step, second: Step) -> float:
    """Return the expected cost of two independent steps, of which the second is taken where the first has missed."""
    return first.cost() + (1 - first.chance) * second.cost()


def test_the_cheapest_call_is_not_always_first() -> None:
    steps = {"cheap": Step(call=0.01, returns=0.1), "dear": Step(call=0.03, returns=0.9)}
    assert in_order(steps) == ["dear", "cheap"]
    assert cost_of(steps["dear"], steps["cheap"]) < cost_of(steps["cheap"], steps["dear"])


def test_seconds_have_a_price_in_the_order() -> None:
    steps = {"cheap": Step(success=0.02, returns=0.5, seconds=20), "quick": Step(success=0.03, returns=0.5, seconds=1)}
    assert in_order(steps) == ["cheap", "quick"]
    assert in_order(steps, second=0.01) == ["quick", "cheap"]


def test_equal_steps_stay_as_they_are_given() -> None:
    steps = {name: Step(success=0.02, returns=0.5) for name in ("b", "a", "c")}
    assert in_order(steps) == ["b", "a", "c"]


@each_row(
    ("worth", "index", "risky", "pays"),
    [
        (Worth(), 5.0, True, True),
        (Worth(accepted=0.1), 0.09, False, True),
        (Worth(accepted=0.1), 0.1, False, False),
        (Worth(accepted=0.1, risky=0.04), 0.05, True, True),
        (Worth(accepted=0.1, risky=0.04), 0.07, True, False),
        (Worth(accepted=0.1, risky=0.04), 0.07, False, True),
        (Worth(accepted=0.1), math.inf, False, False),
    ],
)
def test_going_on_pays_while_the_reservation_value_exceeds_what_is_in_hand(
    worth: Worth, index: float, *, risky: bool, pays: bool
) -> None:
    assert worth.pays(index, risky_in_hand=risky) is pays
