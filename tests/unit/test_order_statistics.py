"""Beliefs: shrunk towards the coarser cell and the prior, and free of the bias of stopping at a hit."""

from random import Random  # noqa: TID251 - seeds are fixed

import pytest

from app.domain.order import statistics
from app.domain.order.belief import Belief
from app.domain.order.cells import NOBODY, Cell, Counts, RouteKey
from app.domain.order.statistics import Estimate, Statistics
from app.domain.vocabulary import Field

A, B = (RouteKey(name, Field.EMAIL, "domain") for name in ("a", "b"))


def _believed(known: Statistics, key: RouteKey = A, segment: str = "", missed: frozenset[str] = NOBODY) -> Estimate:
    return known.estimate(key, returns=0.5, accepts=0.9, segment=segment, missed=missed)


def _counts(asked: float, hits: float, good: float | None = None) -> Counts:
    return Counts(asked=asked, returned=hits, accepted=hits if good is None else good)


def test_without_observations_the_prior_stands() -> None:
    estimate = _believed(Statistics())
    assert (estimate.returns.mean, estimate.accepts.mean, estimate.observations) == (0.5, 0.9, 0)


def test_observations_replace_the_prior_by_their_number() -> None:
    few = _believed(Statistics({Cell(A): _counts(10, 1)}))
    many = _believed(Statistics({Cell(A): _counts(1000, 100)}))
    assert few.returns.mean == pytest.approx(0.3)
    assert many.returns.mean == pytest.approx(0.104, abs=0.001)
    assert many.observations == 1000


def test_a_finer_cell_is_shrunk_towards_the_coarser_one() -> None:
    counted = {Cell(A): _counts(1000, 600), Cell(A, "de"): _counts(25, 0), Cell(A, "fr"): _counts(0, 0)}
    known = Statistics(counted)
    assert _believed(known, A, segment="de").returns.mean == pytest.approx(0.3, abs=0.01)
    assert _believed(known, A, segment="fr").returns.mean == pytest.approx(0.6, abs=0.01)
    assert _believed(known, A, segment="never seen").returns.mean == pytest.approx(0.6, abs=0.01)


def test_a_segment_with_its_family_of_mail_servers_is_part_of_the_one_without() -> None:
    whole, google, other = "de names domain", "de names domain google", "de names domain other"
    families = {Cell(A, google): _counts(400, 360), Cell(A, other): _counts(400, 80), Cell(A, whole): _counts(100, 48)}
    known = Statistics({Cell(A): _counts(9000, 900)} | families)
    believed = {segment: _believed(known, A, segment).returns.mean for segment in (whole, google, other)}
    assert believed[google] == pytest.approx(0.9, abs=0.05)
    assert believed[other] == pytest.approx(0.2, abs=0.05)
    # All 900 answers, however many of them say which servers; who asks without knowing them gets the mixture.
    assert believed[whole] == pytest.approx(488 / 900, abs=0.03)
    assert _believed(known, A, f"{whole} microsoft").returns.mean == pytest.approx(488 / 900, abs=0.03)
    for segment in (whole, google):
        mean = known.chances(Cell(A, segment), returns=0.5, accepts=0.9)[0]
        assert mean == pytest.approx(believed[segment], abs=1e-9)


def test_what_is_left_after_misses_is_counted_by_itself() -> None:
    counted = {Cell(A): _counts(1000, 600), Cell(A, missed=frozenset({"b"})): _counts(500, 50)}
    known = Statistics(counted)
    assert _believed(known, A).returns.mean == pytest.approx(0.6, abs=0.01)
    assert _believed(known, A, missed=frozenset({"b"})).returns.mean == pytest.approx(0.1, abs=0.02)
    # A set that was never seen is believed to be like others of its size.
    assert _believed(known, A, missed=frozenset({"c"})).returns.mean < 0.2


@pytest.mark.parametrize(("others", "most", "least"), [(1, 0.4, 0.15), (10, 0.1, 0.02)])
def test_whom_others_have_missed_is_harder_the_more_providers_say_so(others: int, most: float, least: float) -> None:
    """A finds 60 % of all, the others as well, but 1 % after a miss; the number of their answers counts little."""
    missed, counted = frozenset({"x"}), {Cell(A): _counts(1000, 600)}
    for number in range(others):
        key = RouteKey(f"other {number}", Field.EMAIL, "domain")
        counted |= {Cell(key): _counts(1000, 600), Cell(key, missed=missed): _counts(1000, 10)}
    assert least < _believed(Statistics(counted), missed=missed).returns.mean < most


def test_what_is_left_of_cells_that_fade_at_different_speeds_is_possible() -> None:
    whole, finer = (
        Counts(asked=40, returned=30, accepted=20, risky=10),
        Counts(asked=39, returned=29.5, accepted=1, risky=0),
    )
    assert whole.without(finer) == Counts(asked=1, returned=0.5, accepted=0.5, risky=0)
    assert finer.without(whole) == Counts()


def test_answers_after_misses_say_what_a_provider_is_worth_by_itself() -> None:
    """A finds half of what one has missed, of which others find less than of all."""
    counted = {Cell(A): _counts(10, 1), Cell(A, missed=frozenset({"b"})): _counts(500, 250)}
    for name in "bcd":
        other = RouteKey(name, Field.EMAIL, "domain")
        counted |= {Cell(other): _counts(1000, 500), Cell(other, missed=frozenset({"x"})): _counts(500, 150)}
    assert _believed(Statistics({Cell(A): _counts(10, 1)})).returns.mean == pytest.approx(0.3)
    assert _believed(Statistics(counted)).returns.mean > 0.38


def test_answers_after_other_misses_move_what_is_believed_after_these() -> None:
    def after_three(hits: float) -> float:
        counted = {Cell(A): _counts(1000, 500), Cell(A, missed=frozenset({"b"})): _counts(1000, hits)}
        return _believed(Statistics(counted), missed=frozenset({"b", "c", "d"})).returns.mean

    assert after_three(50) < after_three(400)


def test_a_few_unlucky_answers_after_these_misses_weigh_less_than_hundreds_after_others() -> None:
    counted = {
        Cell(A, missed=frozenset({"b", "c"})): _counts(9, 0),
        Cell(A, missed=frozenset({"b", "c", "d"})): _counts(500, 200),
    }
    known, missed = Statistics(counted), frozenset({"b", "c"})
    assert _believed(known, missed=missed).returns.mean == pytest.approx(0.3, abs=0.02)
    # A quote says that less is known of this case.
    quoted = known.estimate(A, returns=0.5, accepts=0.9, missed=missed, quoted=True)
    assert quoted.returns.weight < _believed(known, missed=missed).returns.weight


def test_a_risky_value_counts_where_it_ends_the_cascade() -> None:
    known = Statistics({Cell(A): Counts(asked=1000, returned=500, accepted=100, risky=400)})
    assert _believed(known, A).accepts.mean == pytest.approx(0.22, abs=0.01)
    assert known.estimate(A, returns=0.5, accepts=0.9, keeps_risky=False).accepts.mean > 0.98


def test_draws_have_the_mean_and_the_spread_of_the_belief() -> None:
    chance = Random(3)  # noqa: S311 - no secret
    belief = Belief(mean=0.2, weight=4)
    drawn = [belief.draw(chance.random) for _ in range(4000)]
    mean = sum(drawn) / len(drawn)
    assert mean == pytest.approx(0.2, abs=0.02)
    # The variance of a Beta distribution: m(1-m)/(w+1).
    assert sum((one - mean) ** 2 for one in drawn) / len(drawn) == pytest.approx(0.032, rel=0.15)
    assert all(0 <= one <= 1 for one in drawn)


def test_an_interval_holds_the_mean_and_narrows_with_observations() -> None:
    wide, narrow = Belief(mean=0.5, weight=10).interval(), Belief(mean=0.5, weight=1000).interval()
    assert wide[0] < narrow[0] < 0.5 < narrow[1] < wide[1]


def test_own_rates_that_nobody_has_observed_say_nothing_of_how_hard_contacts_are() -> None:
    # Only the first is ever asked first. The third has less than its prior says, which shows no harder contacts.
    keys = [RouteKey(name, Field.EMAIL, "domain") for name in ("first", "second", "third")]
    missed = [NOBODY, frozenset({"first"}), frozenset({"first", "second"})]
    rates = (0.3, 0.1, 0.3)
    known = Statistics(
        {
            Cell(key, missed=gone): Counts(asked=500, returned=500 * rate, accepted=500 * rate)
            for key, gone, rate in zip(keys, missed, rates, strict=True)
        }
    )
    # After one miss instead of two the third has about what it has shown, not less because the second has little.
    third = known.estimate(keys[2], returns=0.5, accepts=0.9, missed=missed[1])
    assert third.returns.mean == pytest.approx(0.3, abs=0.03)
    # A quote has to be right on average over such cases, of which many are bad.
    quoted = known.estimate(keys[2], returns=0.5, accepts=0.9, missed=missed[1], quoted=True)
    assert quoted.returns.mean < 0.27


def test_the_own_counts_of_a_route_are_those_of_whom_nobody_had_missed() -> None:
    counted = {Cell(A): _counts(10, 5), Cell(A, "de"): _counts(4, 3), Cell(A, missed=frozenset({"b"})): _counts(8, 1)}
    known = Statistics(counted)
    assert (known.own(A), known.own(A, "de"), known.own(B)) == (_counts(10, 5), _counts(4, 3), Counts())
    assert (known.counts(A), known.counts(B)) == (_counts(18, 6), Counts())


def test_answers_that_are_kept_in_memory_are_bounded_and_stay_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MOST_KEPT", 2)
    known = Statistics({Cell(A): _counts(10, 1)})
    first = _believed(known)
    assert _believed(known) is first
    for segment in ("de", "fr"):
        _believed(known, segment=segment)
    assert _believed(known) is not first
    assert _believed(known) == first
    for question in ("a", "b"):
        known.keep_order(question, (question,))
    assert [known.order(one) for one in ("a", "b", "c")] == [("a",), ("b",), None]
    known.keep_order("c", ("c",))
    assert [known.order(one) for one in ("a", "b", "c")] == [None, None, ("c",)]
