"""Quotes: the expected outcome is that of the order, and the interval holds nine of ten made-up lists."""

import tracemalloc
from collections.abc import Callable
from random import Random  # noqa: TID251 - chances of a fixed seed

import pytest

from app.domain.contacts.contact import Contact
from app.domain.order.belief import Belief
from app.domain.order.index import Step
from app.domain.planning.quote import QuotedGroup, QuotedStep, expect
from app.domain.runs.batch import GivenRow
from app.domain.runs.judged_row import judge
from app.domain.vocabulary import Field
from app.usecases.batches.quote import Alike, collect

SURE = 1e9


def chances(seed: int) -> Callable[[], float]:
    return Random(seed).random  # noqa: S311 - no secret


def step(  # noqa: PLR0917 - a row of a table
    provider: str, call: float, success: float, returns: float, accepts: float, weight: float = SURE
) -> QuotedStep:
    return QuotedStep(
        provider=provider,
        field=Field.EMAIL,
        call=call,
        success=success,
        returns=Belief(mean=returns, weight=weight),
        accepts=Belief(mean=accepts, weight=weight),
        keeps=Belief(mean=1.0, weight=weight),
    )


TWO = (step("hunter", 0.02, 0.01, 0.5, 0.9), step("prospeo", 0.0, 0.05, 0.6, 0.8))


def test_what_is_expected_is_the_cost_of_the_order() -> None:
    expected = expect([QuotedGroup(contacts=100, fields=(TWO,))], chances(1))
    first, second = [Step(call=s.call, success=s.success, returns=s.returns.mean, accepts=s.accepts.mean) for s in TWO]
    assert expected.cost_usd.expected == pytest.approx(100 * (first.cost() + (1 - first.chance) * second.cost()))
    assert expected.found.expected == pytest.approx(100 * (1 - 0.5 * 0.4))
    assert expected.calls == {"hunter": 100, "prospeo": pytest.approx(55)}
    assert expected.cost_usd.low < expected.cost_usd.expected < expected.cost_usd.high


def test_what_is_not_known_does_not_average_out_over_a_long_list() -> None:
    def width(contacts: int, weight: float) -> float:
        group = QuotedGroup(contacts=contacts, fields=((step("hunter", 0.0, 1.0, 0.5, 0.9, weight),),))
        cost = expect([group], chances(1)).cost_usd
        return (cost.high - cost.low) / contacts

    assert width(10_000, SURE) < width(100, SURE) / 5
    assert width(10_000, 10.0) > width(100, 10.0) / 2


def test_providers_are_partly_wrong_together() -> None:
    # Six that find 2 % each: wrong each by itself, six are as wrong as one times 2.4; partly together, times 3.1.
    def width(providers: int) -> float:
        steps = tuple(step(str(number), 0.01, 0.0, 0.02, 1.0, weight=500) for number in range(providers))
        found = expect([QuotedGroup(contacts=1_000_000, fields=(steps,))], chances(7), draws=1000).found
        return found.high - found.low

    assert 2.8 < width(6) / width(1) < 3.5


def test_nobody_to_ask_finds_nothing_and_costs_nothing() -> None:
    expected = expect([QuotedGroup(contacts=5, fields=((),))], chances(1))
    assert (expected.found.high, expected.cost_usd.high, expected.calls) == (0.0, 0.0, {})
    assert expect([], chances(1)).cost_usd.expected == 0.0


def test_nine_of_ten_lists_cost_what_was_quoted() -> None:
    """Each list is of a world that is drawn from what is believed; seeds are fixed."""
    random, held, lists = chances(7), 0, 300
    believed = tuple(step(s.provider, s.call, s.success, s.returns.mean, s.accepts.mean, weight=30.0) for s in TWO)
    quote = expect([QuotedGroup(contacts=200, fields=(believed,))], random).cost_usd
    for _ in range(lists):
        world = [(s, s.returns.draw(random), s.accepts.draw(random)) for s in believed]
        cost = 0.0
        for _ in range(200):
            for one, returns, accepts in world:
                is_returned = random() < returns
                cost += one.call + one.success * is_returned
                if is_returned and random() < accepts:
                    break
        held += quote.low <= cost <= quote.high
    assert 0.85 <= held / lists <= 0.95


def test_a_list_that_is_quoted_keeps_no_more_of_a_contact_than_its_digest() -> None:
    rows = (
        judge(
            GivenRow(
                given={}, contact=Contact(first_name="Jane", last_name="Smith", company_domain=f"acme-{n}.example")
            )
        )
        for n in range(5000)
    )
    people: dict[bytes, Alike] = {}
    tracemalloc.start()
    collect(people, {}, rows)
    assert len(people) == 5000
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / len(people) < 250
