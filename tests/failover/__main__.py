"""``python -m tests.failover --minutes 10``: the campaign at full size, on databases of its own."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click
import msgspec

from tests.failover.campaign import fight


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.1), default=10.0, show_default=True)
@click.option("--rate", type=click.FloatRange(min=0.1), default=20.0, show_default=True, help="Submissions a second.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(*, minutes: float, rate: float, seed: int) -> None:
    """Break PostgreSQL and Redis under load; ends with 1 when anything was lost, doubled, or waited for too long."""
    with tempfile.TemporaryDirectory(prefix="leadrun-failover-", ignore_cleanup_errors=True) as directory:
        outcome = asyncio.run(fight(Path(directory), seconds=minutes * 60, rate=rate, seed=seed))
    click.echo(msgspec.json.format(msgspec.json.encode(outcome)).decode())
    sys.exit(0 if outcome.holds else 1)


if __name__ == "__main__":
    main()
