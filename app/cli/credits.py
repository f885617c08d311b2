"""`leadrun credits`: show the credits of accounts, and add some."""

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.usecases.accounts.balance import read_balances
from app.usecases.accounts.manage_keys import ManageKeys

MOST_CREDITS = 1_000_000_000


@click.group("credits")
def credits_group() -> None:
    """Show or add credits."""


@credits_group.command("show")
@click.option("--account", help="Only this account's.")
@json_option
@installation_options
def show(account: str | None, *, as_json: bool) -> None:
    """Show what accounts have, earned and spent."""
    lines = with_services(lambda services: read_balances(services, account), as_json=as_json)
    if as_json:
        print_json({"accounts": lines})
        return
    rows = [(line.account, line.balance, line.total_earned, line.total_spent) for line in lines]
    print_table(("account", "balance", "earned", "spent"), rows)


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
