"""`leadrun quotes`: how well quotes foresaw what lists came to."""

from datetime import timedelta

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.domain.accounts.owner import Owner
from app.domain.planning.quote_terms import QuoteCalibration, calibration
from app.domain.vocabulary import Mode
from app.services import Services
from app.store.runs import quotes
from app.usecases.accounts.manage_caps import ManageCaps

# Newer lists count.
MOST_LISTS = 1000
_HEADER = ("", "lists", "as quoted", "less", "more")


@click.command("quotes")
@click.option("--account", required=True, help="Lists of this account.")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), default="live", show_default=True)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="Of the last N days.")
@json_option
@installation_options
def quotes_command(account: str, mode: str, days: int, *, as_json: bool) -> None:
    """Show how many quoted lists cost and found what their quote said; nine of ten should."""

    async def read(services: Services) -> QuoteCalibration:
        owner = Owner(await ManageCaps(services).account_id(account), Mode(mode))
        async with services.read() as connection:
            since = services.now() - timedelta(days=days)
            return calibration(await quotes.outcomes(connection, owner, since, MOST_LISTS))

    found = with_services(read, as_json=as_json)
    if as_json:
        print_json(found)
        return
    lines = (("cost in USD", found.cost_usd), ("credits", found.credits), ("found", found.found))
    print_table(_HEADER, [(label, one.lists, one.inside, one.below, one.above) for label, one in lines])
    click.echo(f"{found.stopped} were stopped at the upper bound of their quote.")
    if found.seconds_ratio is not None:
        click.echo(f"Half of the lists took at most {found.seconds_ratio:.0%} of the time that was quoted.")
