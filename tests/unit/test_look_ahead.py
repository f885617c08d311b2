"""Looking ahead: the best of all orders where enough was observed, and the order by the index where not."""

from itertools import permutations
from random import Random  # noqa: TID251 - seeds are fixed

import pytest

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.order.look_ahead import Terms, best_order
from app.domain.order.statistics import Statistics
from app.domain.vocabulary import Field, Lane
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.ranking import ENOUGH
from bench.markets import Market, market
from tests.rows import each_row
from tests.unit.test_ranking import CHEAPEST, key, offer, plan, walk

FIVE = range(5)


def _order(here: Market, observed: frozenset[int]) -> tuple[int, ...]:
    def terms(name: int, missed: frozenset[int]) -> Terms:
        step = here.after(name, missed)
        return Terms(step.cost(), step.chance, name in observed)

    return best_order(FIVE, frozenset(), terms)


@each_row("seed", range(6))
def test_the_order_is_the_cheapest_of_all(seed: int) -> None:
    here = market(Random(seed))  # noqa: S311 - no secret
    costs = {order: here.in_fixed_order(order) for order in permutations(FIVE)}
    assert costs[_order(here, frozenset(FIVE))] == pytest.approx(min(costs.values()), abs=1e-12)


def test_where_too_little_was_observed_the_order_is_that_of_the_index() -> None:
    differs = 0
    for seed in range(30):
        here, missed, greedy = market(Random(seed)), frozenset[int](), []  # noqa: S311 - no secret
        while left := [name for name in FIVE if name not in missed]:
            greedy.append(min(left, key=lambda name, m=missed, h=here: h.after(name, m).index()))  # type: ignore[misc]
            missed |= {greedy[-1]}
        assert _order(here, frozenset()) == tuple(greedy)
        differs += _order(here, frozenset(FIVE)) != tuple(greedy)
    assert differs > 0


def test_an_order_that_is_believed_to_find_less_is_not_cheaper_for_it() -> None:
    """A success costs at `b`, which is believed to find nothing more where `a` has missed."""
    known = {
        ("a", frozenset[str]()): Terms(0.01, 0.1),
        ("b", frozenset[str]()): Terms(0.009, 0.3),
        ("b", frozenset({"a"})): Terms(0.0003, 0.01),
        ("a", frozenset({"b"})): Terms(0.01, 0.1),
    }
    assert best_order(["a", "b"], frozenset(), lambda name, missed: known[name, missed]) == ("b", "a")


def test_what_has_no_chance_comes_last() -> None:
    terms = {"none": Terms(0.02, 0.0, observed=True), "some": Terms(0.05, 0.5, observed=True)}
    assert best_order(["none", "some"], frozenset(), lambda name, _: terms[name]) == ("some", "none")


def _nearsighted(answers: float) -> tuple[list[Offer], dict[Cell, Counts]]:
    """Return a market in which `a` has the lowest index, and makes `b` useless where it misses.

    First b, then a costs 0.010 + 0.45 · 0.0092; first a, then b 0.0092 + 0.5 · 0.010, and b finds nothing more.
    """
    offers = [offer("a", call="0.0092"), offer("b", call="0.0105"), offer("c", call="0.05")]

    def share(one: float) -> Counts:
        return Counts(asked=answers, returned=answers * one, accepted=answers * one)

    missed = {name: frozenset({name}) for name in "abc"}
    counted = {
        Cell(key("a")): share(0.50),
        Cell(key("b")): share(0.55),
        Cell(key("c")): share(0.50),
        Cell(key("b"), missed=missed["a"]): share(0.10),
        Cell(key("c"), missed=missed["a"]): share(0.50),
        Cell(key("a"), missed=missed["b"]): share(0.50),
        Cell(key("c"), missed=missed["b"]): share(0.50),
        Cell(key("a"), missed=missed["c"]): share(0.50),
        Cell(key("b"), missed=missed["c"]): share(0.55),
        Cell(key("c"), missed=missed["a"] | missed["b"]): share(0.50),
        Cell(key("b"), missed=missed["a"] | missed["c"]): share(0.10),
        Cell(key("a"), missed=missed["b"] | missed["c"]): share(0.50),
    }
    return offers, counted


@pytest.mark.parametrize(("answers", "order"), [(100_000.0, ["b", "a", "c"]), (ENOUGH - 1, ["a", "b", "c"])])
def test_a_ranking_looks_ahead_where_enough_was_observed(answers: float, order: list[str]) -> None:
    offers, counted = _nearsighted(answers)
    chosen = plan(CHEAPEST, offers, statistics=Statistics(counted))
    assert walk(chosen) == order
    # What stands before one of lower index says that it does: b before a has missed, and nobody else.
    asked = [(name, frozenset(order[:place])) for place, name in enumerate(order)]
    known = {one.provider: one for one in offers}
    assert chosen.ranking is not None
    ahead = [name for name, missed in asked if chosen.ranking.expect(known[name], missed).looked_ahead]
    assert ahead == (["b"] if order[0] == "b" else [])


def test_the_index_alone_decides_where_somebody_waits() -> None:
    offers, counted = _nearsighted(100_000.0)
    chosen = plan(CHEAPEST, offers, statistics=Statistics(counted), wait=lambda one: 0.001 * (one.provider == "c"))
    assert walk(chosen)[0] == "a"
    assert chosen.ranking is not None
    assert not any(chosen.ranking.expect(one, frozenset()).looked_ahead for one in offers)


def test_what_was_found_for_one_contact_serves_the_next_of_its_segment_alone() -> None:
    offers, counted = _nearsighted(100_000.0)
    known = Statistics(counted)
    assert walk(plan(CHEAPEST, offers, statistics=known)) == ["b", "a", "c"]
    after_b = {Cell(key("a"), "de", frozenset()): Counts(asked=1e6, returned=9e5, accepted=9e5)}
    other = Statistics(counted | after_b)
    assert walk(plan(CHEAPEST, offers, statistics=other)) == ["b", "a", "c"]
    assert walk(plan(CHEAPEST, offers, statistics=other, segment="de"))[0] == "a"
    assert walk(plan(CHEAPEST, offers, statistics=other, missed_before=frozenset({"b"})))[0] == "a"


def test_chances_alone_are_those_of_the_whole_estimate() -> None:
    chance, counted = Random(3), {}  # noqa: S311 - no secret
    keys = [RouteKey(name, Field.EMAIL, "domain") for name in "abc"]
    cells = [
        Cell(one, segment, frozenset(missed) - {one.provider})
        for one in keys
        for segment in ("", "de")
        for missed in ("", "a", "b", "ab", "bc")
    ]
    for cell in cells:
        asked = float(chance.randrange(300))
        returned = asked * chance.random()
        accepted = returned * chance.random()
        counted[cell] = Counts(asked=asked, returned=returned, accepted=accepted, risky=returned - accepted)
    known = Statistics(counted)
    for cell in cells:
        for keeps in (True, False):
            whole = known.estimate(
                cell.key, returns=0.4, accepts=0.8, segment=cell.segment, missed=cell.missed, keeps_risky=keeps
            )
            means = known.chances(cell, returns=0.4, accepts=0.8, keeps_risky=keeps)
            assert means == pytest.approx((whole.returns.mean, whole.accepts.mean), abs=1e-12)


@pytest.mark.parametrize("lane", Lane)
def test_many_providers_are_sorted_without_looking_ahead_over_all_of_them(lane: Lane) -> None:
    names = [f"n{number:02}" for number in range(18)]
    offers = [offer(name, call=f"0.{number + 10}") for number, name in enumerate(names)]
    counted = {Cell(key(names[0]), missed=frozenset({names[1]})): Counts(asked=90, returned=9, accepted=9)}
    assert sorted(walk(plan(CHEAPEST, offers, lane=lane, statistics=Statistics(counted)))) == names
