"""Which provider is tried before its turn, and where it then stands."""

from random import Random  # noqa: TID251 - seeds are fixed

from app.domain.order.cells import Cell
from app.domain.order.statistics import Statistics
from app.domain.waterfall.answer import Miss
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.policy import not_reached
from app.domain.waterfall.ranking import Trial
from tests.unit.test_ranking import CHEAPEST, NAMED, OFFERS, attempt, counts, key, offer, plan, walk


def _drawn(known: Statistics, offers: list[Offer]) -> set[str | None]:
    chance = Random(5)  # noqa: S311 - no secret
    chosen = plan(CHEAPEST, offers, statistics=known)
    assert chosen.ranking is not None
    draws = [chosen.ranking.explore(chosen.providers, NAMED, chance.random) for _ in range(300)]
    return {one.offer.provider if one else None for one in draws}


def test_draws_try_what_is_little_known_and_leave_what_is_well_known() -> None:
    offers = [offer("known", call="0.01"), offer("new", call="0.01")]
    assert _drawn(Statistics({Cell(key("known")): counts(600)}), offers) == {None, "new"}
    both = {Cell(key("known")): counts(600), Cell(key("new")): counts(200)}
    assert _drawn(Statistics(both), offers) == {None}


def test_who_is_tried_comes_first_once_those_have_missed_after_whom_it_is() -> None:
    for missed, order in ((set(), ["third", "first", "second"]), ({"first"}, ["first", "third", "second"])):
        chosen = plan(CHEAPEST, OFFERS)
        assert chosen.ranking is not None
        chosen.ranking.trial = Trial(OFFERS[0], frozenset(missed))
        assert walk(chosen) == order
        places = ((frozenset[str](), not missed), (frozenset({"first"}), bool(missed)), (frozenset({"second"}), False))
        for place, tried in places:
            assert chosen.ranking.expect(OFFERS[0], place).explored is tried
            assert not chosen.ranking.expect(OFFERS[1], place).explored


def test_after_misses_nobody_is_tried_who_has_to_be_waited_for_and_the_pattern_is_no_miss() -> None:
    first, waits = frozenset({"first"}), {"third": 0.0}
    chosen = plan(CHEAPEST, OFFERS, wait=lambda one: waits.get(one.provider, 0.0))
    assert chosen.ranking is not None
    chosen.ranking.trial = Trial(OFFERS[0], first)
    assert walk(chosen) == ["first", "third", "second"]
    assert chosen.ranking.expect(OFFERS[0], first | {"pattern"}).explored
    # Who was not asked was not tried.
    left = not_reached(chosen, [attempt("first", Miss())], (), "the time for the run was over")
    assert not any(skip.expected.explored for skip in left if skip.expected)
    waits["third"] = 0.1
    assert walk(chosen) == ["first", "second", "third"]
    assert not chosen.ranking.expect(OFFERS[0], first).explored
    # Before anybody is asked it is waited for, as is who comes first.
    chosen.ranking.trial = Trial(OFFERS[0], frozenset())
    assert walk(chosen) == ["third", "first", "second"]


def test_a_provider_is_tried_after_the_misses_after_which_little_is_known_of_it() -> None:
    offers = [offer("best", call="0.001"), offer("known", call="0.01"), offer("new", call="0.01")]
    after = frozenset({"best"})
    known = {Cell(key("best")): counts(600), Cell(key("known"), missed=after): counts(600)}
    chosen = plan(CHEAPEST, offers, statistics=Statistics(known))
    assert chosen.ranking is not None
    chance = Random(5)  # noqa: S311 - no secret
    tried = {chosen.ranking.explore(chosen.providers, NAMED, chance.random) for _ in range(100)}
    assert {(one.offer.provider, one.missed) for one in tried if one} == {("new", after)}
    assert None in tried
