"""`leadrun credits`: add credits to an account."""

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json
from app.cli.services import with_services
from app.usecases.accounts.manage_keys import ManageKeys

MOST_CREDITS = 1_000_000_000


@click.group("credits")
def credits_group() -> None:
    """Add credits to an account."""


@credits_group.command("add")
@click.option("--account", required=True, help="Name of the account.")
@click.argument("amount", type=click.IntRange(1, MOST_CREDITS), metavar="N")
@json_option
@installation_options
def add(account: str, amount: int, *, as_json: bool) -> None:
    """Add N credits."""
    balance = with_services(
        lambda services: ManageKeys(services).grant(account=account, amount=amount), as_json=as_json
    )
    if as_json:
        print_json({"account": account, "balance": balance})
    else:
        click.echo(f"The balance of {account} is now {balance}.")
