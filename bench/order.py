"""`python -m bench.order`: how near the order of providers comes to the best there is; seeds are fixed."""

from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeds are fixed

import click

from bench.markets import best_of_orders, by_index, exhaustive, market, stack

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


@click.command()
@click.option("--stacks", type=click.IntRange(min=1), default=2000, show_default=True, help="Independent ones.")
@click.option("--markets", type=click.IntRange(min=1), default=400, show_default=True, help="Correlated ones.")
def main(*, stacks: int, markets: int) -> None:
    """Measure the order of the waterfall against the best order and the best policy."""
    click.echo(f"(a) index rule optimal in {independent(stacks, tried=stacks)} of {stacks} independent stacks of 6")
    click.echo("(b) correlated misses, against the best policy of a dynamic program over missed sets:")
    for name, excess in correlated(markets).items():
        click.echo(f"    {name:26} {excess}")


if __name__ == "__main__":
    main()
