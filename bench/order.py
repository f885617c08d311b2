"""`python -m bench.order`: how near the order of providers comes to the best there is; seeds are fixed."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeds are fixed

import click

from app.domain.order.cells import NOBODY, Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.vocabulary import Field
from bench.capped import under_caps
from bench.familiar import order_of
from bench.learning import learn
from bench.lived import live
from bench.lookups import databases
from bench.markets import best_of_orders, by_index, exhaustive, market, stack
from bench.patterned import third_persons
from bench.quoted import covered
from bench.ranked import index_of_a_step

CLOSE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Excess:
    """By which share policies cost more than the best, over many markets."""

    mean: float
    worst: float
    markets: int

    @classmethod
    def of(cls, shares: list[float]) -> "Excess":
        """Sum up."""
        return cls(mean=sum(shares) / len(shares), worst=max(shares), markets=len(shares))

    def __str__(self) -> str:
        """Show it in percent."""
        return f"+{self.mean:.2%} on average, +{self.worst:.1%} at worst, in {self.markets} markets"


def independent(stacks: int, *, tried: int, seed: int = 1) -> int:
    """Count the stacks in which the index rule is the cheapest of all orders.

    Args:
        stacks: How many are drawn.
        tried: In so many all 720 orders are tried one by one; in the others those that end alike share the sum.
        seed: Of the draws.
    """
    chance, optimal = Random(seed), 0  # noqa: S311 - no secret
    for number in range(stacks):
        steps = stack(chance)
        best = exhaustive(steps) if number < tried else best_of_orders(steps)
        optimal += by_index(steps) - best <= CLOSE
    return optimal


def correlated(markets: int, *, seed: int = 2) -> dict[str, Excess]:
    """Compare policies with the best one where misses are correlated."""
    chance = Random(seed)  # noqa: S311 - no secret
    drawn = [market(chance) for _ in range(markets)]
    best = [one.best() for one in drawn]
    policies = {
        "look ahead": [one.in_fixed_order(order_of(one)) for one in drawn],
        "index, after each miss": [one.greedy() for one in drawn],
        "index, once": [one.greedy(conditional=False) for one in drawn],
        "cheapest list price first": [
            one.in_fixed_order(sorted(range(6), key=lambda n, o=one: o.steps[n].call + o.steps[n].success))  # type: ignore[misc]
            for one in drawn
        ],
    }
    return {
        name: Excess.of([cost / least - 1 for cost, least in zip(costs, best, strict=True)])
        for name, costs in policies.items()
    }


@dataclass(frozen=True, kw_only=True)
class Bias:
    """Rates (0-1) of two providers of equal skill, one of which is asked second nearly always."""

    raw: tuple[float, float]
    estimated: tuple[float, float]


def second_place(contacts: int, *, explored: float = 0.05, seed: int = 4) -> Bias:
    """Measure what stopping at the first hit hides, and what counting by the missed set finds again.

    Args:
        contacts: Easy and hard ones, the same for both providers, of whom each knows 55 %.
        explored: Share of contacts of whom the other one is asked first.
        seed: Of the draws.
    """
    chance = Random(seed)  # noqa: S311 - no secret
    keys = [RouteKey(name, Field.EMAIL, "domain") for name in ("first", "second")]
    counted: dict[Cell, Counts] = {}
    for _ in range(contacts):
        ease = chance.choice((0.95, 0.15))
        missed = NOBODY
        for key in keys[:: -1 if chance.random() < explored else 1]:
            hit = chance.random() < ease
            cell = Cell(key, missed=missed)
            counted[cell] = counted.get(cell, Counts()) + Counts(asked=1, returned=hit, accepted=hit)
            missed |= {key.provider}
            if hit:
                break
    known = Statistics(counted)
    raw = [known.counts(key) for key in keys]
    found = [known.estimate(key, returns=0.5, accepts=0.9).returns.mean for key in keys]
    return Bias(raw=(raw[0].returned / raw[0].asked, raw[1].returned / raw[1].asked), estimated=(found[0], found[1]))


@click.command()
@click.option("--stacks", type=click.IntRange(min=1), default=2000, show_default=True, help="Independent ones.")
@click.option("--markets", type=click.IntRange(min=1), default=400, show_default=True, help="Correlated ones.")
@click.option("--lists", type=click.IntRange(min=1), default=500, show_default=True, help="Lists that are quoted.")
@click.option("--runs", type=click.IntRange(min=1), default=320, show_default=True, help="Look-ups under caps.")
@click.option("--contacts", type=click.IntRange(min=100), default=2000, show_default=True, help="Learned by real runs.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="First of c's twenty markets.")
@click.option("--only", default="abcdefgh", show_default=True, help="Letters of the proofs; C is c by real runs.")
def main(*, stacks: int, markets: int, lists: int, runs: int, contacts: int, seed: int, only: str) -> None:
    """Measure the order of the waterfall against the best order and the best policy."""
    proofs: dict[str, Callable[[], Iterable[str]]] = {
        "a": lambda: [f"index rule optimal in {independent(stacks, tried=stacks)} of {stacks} independent stacks of 6"],
        "b": lambda: _correlated(markets),
        "c": lambda: _learned(seed),
        "C": lambda: _lived(contacts),
        "d": _biased,
        "e": lambda: _quoted(lists),
        "f": lambda: _capped(runs),
        "g": _patterned,
        "h": _ranked,
    }
    for letter in only:
        for number, line in enumerate(proofs[letter]()):
            click.echo(f"    {line}" if number else f"({letter}) {line}")


def _correlated(markets: int) -> Iterator[str]:
    yield "correlated misses, against the best policy of a dynamic program over missed sets:"
    for name, excess in correlated(markets).items():
        yield f"{name:26} {excess}"


def _learned(first: int) -> Iterator[str]:
    learned = [learn(2000, seed=seed) for seed in range(first, first + 20)]
    bills, spent = Excess.of([one.excess for one in learned]), max(one.explored for one in learned)
    yield f"learned online from house priors, 2000 contacts, changed in the middle: {bills};"
    yield f"tried for at most {spent:.1%} of spend"


def _biased() -> Iterator[str]:
    bias = second_place(40_000)
    yield f"equal skill (55 %), one asked second: raw {bias.raw[0]:.1%} and {bias.raw[1]:.1%},"
    yield f"estimated {bias.estimated[0]:.1%} and {bias.estimated[1]:.1%}"


def _quoted(lists: int) -> Iterator[str]:
    held = covered(lists)
    cost, found = held.cost / held.lists, held.found / held.lists
    yield f"the intervals of 90 % of {held.lists} quoted lists, each in a market of its own:"
    yield f"held the cost of {cost:.1%} and the contacts found of {found:.1%}; {held.width:.0%} of the cost wide"


def _capped(runs: int) -> Iterator[str]:
    with databases() as settings:
        yield str(asyncio.run(under_caps(settings, runs)))


def _patterned() -> Iterator[str]:
    with databases() as settings:
        yield str(asyncio.run(third_persons(settings, 20)))


def _lived(contacts: int) -> Iterator[str]:
    with databases() as settings:
        yield str(asyncio.run(live(settings, contacts)))


def _ranked() -> Iterator[str]:
    step = index_of_a_step(2000)
    yield f"sorting six providers after a miss takes {step.again:.0f} us of CPU, {step.first:.0f} us the first time"


if __name__ == "__main__":
    main()
