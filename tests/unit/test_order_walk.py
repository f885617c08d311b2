"""Walks of an order in which nobody finds anything, and the place of verifications in an order."""

from decimal import Decimal

from app.domain.order.waterfall import Rules, Strategy
from app.domain.planning.quoted_calls import in_vain
from app.domain.vocabulary import Field, Lane
from app.domain.waterfall.answer import Deliverability, Miss
from app.domain.waterfall.attempt import Attempt, Skip
from app.domain.waterfall.policy import make_plan
from app.domain.waterfall.ranking import Ranking
from app.domain.waterfall.second_opinion import OF_DOUBTFUL, as_offer, its_turn
from tests.unit.test_ranking import CHEAPEST, NAMED, attempt, found, offer, plan


def test_a_walk_in_vain_has_the_skips_of_caps_and_of_what_is_too_dear() -> None:
    offers = [offer("first", "0.02"), offer("second", "0.03"), offer("third", "0.04"), offer("dear", "0.9")]
    rules = Rules(strategy=Strategy.CHEAPEST, worth_usd=1.0)
    ranking = Ranking(rules, Lane.BULK)
    capped = make_plan(Field.EMAIL, offers, rules=rules, ranking=ranking, max_cost_usd=Decimal("0.06"))
    steps = [(step.provider, getattr(step, "reason", None), missed) for step, missed in in_vain(capped, NAMED)]
    asked = frozenset({"first", "second"})
    assert steps[:2] == [("first", None, frozenset()), ("second", None, {"first"})]
    assert steps[2] == ("third", "could cost 0.04 USD, which maxCostUsd does not leave", asked)
    assert steps[3][0] == "dear"
    assert "which maxCostUsd does not leave" in (steps[3][1] or "")
    dear = [step for step, _ in in_vain(plan(rules, offers), NAMED)]
    assert isinstance(dear[3], Skip)
    assert "more than it is worth" in dear[3].reason


def test_a_verification_has_its_place_by_the_index_where_that_orders() -> None:
    verifier = offer("verifier", success="0.01", field=Field.VERIFY, route="verify")
    opinion = as_offer(verifier, OF_DOUBTFUL, "verifier", Field.VERIFY, "verify")
    in_hand = [attempt("first", found(Deliverability.RISKY))]

    def turn(rules: Rules, success: str, asked: list[Attempt] = in_hand) -> bool:
        chosen = plan(rules, [offer("first", success="0.001"), offer("second", success=success)])
        return its_turn(opinion, chosen, asked, NAMED, ()) is not None

    # 0.01 USD for a chance of one half: 0.02 USD an accepted value.
    assert (turn(CHEAPEST, "0.02"), turn(CHEAPEST, "0.01")) == (True, False)
    assert turn(Rules(strategy=Strategy.TIERS), "0.01")
    assert turn(CHEAPEST, "0.01", [*in_hand, attempt("second", Miss())])
    assert not turn(CHEAPEST, "0.02", [attempt("first", found(Deliverability.VALID))])
    assert not turn(Rules(strategy=Strategy.TIERS, worth_usd=0.03, risky_worth_usd=0.015), "0.02")
    expected = its_turn(opinion, plan(CHEAPEST, [offer("second", success="0.02")]), in_hand, NAMED, ())
    assert expected is not None
    assert (expected.cost_usd, round(expected.chance, 2), expected.prior) == (0.01, 0.5, "house prior")
