"""`leadrun accounts`: list accounts, suspend and resume them."""

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.services import Services
from app.store.accounts.overview import overview
from app.usecases.accounts.manage_accounts import ManageAccounts

MOST_SHOWN = 10_000


@click.group("accounts")
def accounts_group() -> None:
    """List accounts; suspend and resume them."""


@accounts_group.command("list")
@json_option
@installation_options
def list_accounts(*, as_json: bool) -> None:
    """List the accounts with their credits, keys and members."""

    async def work(services: Services) -> list[dict[str, object]]:
        async with services.read() as connection:
            rows = await overview(connection, MOST_SHOWN)
        return [
            {
                "account": row.name,
                "balance": row.balance,
                "keys": row.keys,
                "members": row.members,
                "suspendedAt": row.suspended_at,
                "suspension": row.suspension,
            }
            for row in rows
        ]

    lines = with_services(work, as_json=as_json)
    if as_json:
        print_json({"accounts": lines})
    else:
        heads = ("account", "balance", "keys", "members", "suspended", "reason")
        print_table(heads, [[*line.values()] for line in lines])


@accounts_group.command("suspend")
@click.argument("account")
@click.option("--reason", default="", help="For its people and programs.")
@json_option
@installation_options
def suspend(account: str, reason: str, *, as_json: bool) -> None:
    """Suspend an account: its keys are refused, its lists wait, its webhooks go on."""

    async def work(services: Services) -> None:
        accounts = ManageAccounts(services)
        await accounts.suspend(await accounts.named(account), reason)

    with_services(work, as_json=as_json)
    _say(account, "is suspended", as_json=as_json)


@accounts_group.command("resume")
@click.argument("account")
@json_option
@installation_options
def resume(account: str, *, as_json: bool) -> None:
    """End a suspension: keys work again, and lists go on where they stopped."""

    async def work(services: Services) -> None:
        accounts = ManageAccounts(services)
        await accounts.resume(await accounts.named(account))

    with_services(work, as_json=as_json)
    _say(account, "is open again", as_json=as_json)


def _say(account: str, state: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"account": account, "state": state.removeprefix("is ")})
    else:
        click.echo(f"{account} {state}.")
