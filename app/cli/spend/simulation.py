"""`leadrun waterfalls simulate`: recorded look-ups under another waterfall."""

from collections.abc import Mapping
from datetime import timedelta

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.domain.accounts.owner import Owner
from app.domain.planning.quote import QuotedInterval
from app.domain.vocabulary import Mode
from app.services import Services
from app.usecases.accounts.manage_caps import ManageCaps
from app.usecases.accounts.waterfalls import Waterfalls
from app.usecases.planning.simulate import SimulateWaterfall, Simulation

_HEADER = ("", "now", "then", "in nine of ten cases")
_LINES = (("costUsd", "USD charged for finding"), ("found", "found"), ("seconds", "seconds of a look-up"))


@click.command("simulate")
@click.argument("name")
@click.option("--account", required=True, help="Look-ups of this account.")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), default="live", show_default=True)
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="Of the last N days.")
@json_option
@installation_options
def simulate(name: str, account: str, mode: str, days: int, *, as_json: bool) -> None:
    """Show what look-ups cost, found and took, and what they would have under another waterfall.

    No provider is asked and nothing is charged. Where the record has every answer, a look-up is replayed; else the
    missing answers are estimated as in a quote.
    """

    async def read(services: Services) -> Simulation:
        owner = Owner(await ManageCaps(services).account_id(account), Mode(mode))
        waterfall = (await Waterfalls(services).get(owner, name)).waterfall
        return await SimulateWaterfall(services)(owner, waterfall, since=services.now() - timedelta(days=days))

    found = with_services(read, as_json=as_json)
    amounts = _amounts(found)
    replayed, modelled = found.simulated.replayed, found.simulated.modelled
    if as_json:
        counts = {"lookups": found.lookups, "simulated": found.sampled, "replayed": replayed, "modelled": modelled}
        print_json({"waterfall": name} | counts | amounts)
    elif not found.sampled:
        click.echo(f"No look-up of the last {days} days has ended that asked a provider.")
    else:
        print_table(_HEADER, [_row(label, amounts[member]) for member, label in _LINES])
        click.echo(f"Of {found.lookups} look-ups {found.sampled} are compared: {replayed} replayed, as every answer")
        click.echo(f"is known, and {modelled} modelled, because a provider would be asked that was not.")


def _amounts(found: Simulation) -> dict[str, dict[str, float]]:
    """Return the amounts as `POST /simulations` gives them."""
    was, then, each = found.actual, found.simulated, max(1, found.sampled)
    return {
        "found": _amount(was.found, then.found, digits=1),
        "costUsd": _amount(was.cost_usd, then.cost_usd, digits=4),
        "seconds": _amount(was.seconds, then.seconds, digits=2, each=each),
    }


def _amount(actual: float, then: QuotedInterval, *, digits: int, each: int = 1) -> dict[str, float]:
    values = {"actual": actual, "expected": then.expected, "low": then.low, "high": then.high}
    return {name: round(value / each, digits) for name, value in values.items()}


def _row(label: str, amount: Mapping[str, float]) -> tuple[object, ...]:
    actual, expected, low, high = (f"{value:g}" for value in amount.values())
    return label, actual, expected, f"{low} to {high}"
