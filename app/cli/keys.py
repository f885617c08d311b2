"""`leadrun keys`: make, list, rotate and revoke API keys."""

from datetime import timedelta
from shlex import quote
from uuid import UUID

import click

from app.cli.credits import MOST_CREDITS
from app.cli.loading import installation_options
from app.cli.numbers import NumberRange
from app.cli.output import json_option, print_json, print_table, warn
from app.cli.services import with_services
from app.domain.accounts.key_terms import KeyTerms, Scope, read_network
from app.domain.accounts.pricing import PLANS
from app.domain.vocabulary import Mode
from app.services import Services
from app.usecases.accounts.balance import read_balances
from app.usecases.accounts.manage_keys import ManageKeys, NewKey

MOST_HOURS = 24 * 366
MOST_SUBMISSIONS = 1_000_000


def _networks(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    read = {value: read_network(value) for value in values}
    for value, network in read.items():
        if network is None:
            raise click.BadParameter(f"{value} is no IP address and no network such as 192.0.2.0/24.")
    return tuple(network for network in read.values() if network)


@click.group("keys")
def keys_group() -> None:
    """Make, list, rotate and revoke API keys."""


@keys_group.command("create")
@click.option("--account", required=True, help="Name of the account; made if there is none.")
@click.option("--plan", type=click.Choice(sorted(PLANS)), default="leadmodule", show_default=True)
@click.option("--mode", type=click.Choice([m.value for m in Mode]), default="live", show_default=True)
@click.option(
    "--credits",
    "amount",
    type=click.IntRange(0, MOST_CREDITS),
    default=0,
    show_default=True,
    help="Granted to the account as well.",
)
@click.option(
    "--rate-limit",
    type=click.IntRange(1, MOST_SUBMISSIONS),
    help="Submissions in any 60 s; the default is a setting.",
)
@click.option("--name", default="", help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([s.value for s in Scope]),
    multiple=True,
    help="What it may do; everything without one. Can be repeated.",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    callback=_networks,
    help="Where it may be used from, such as 192.0.2.0/24; anywhere without one. Can be repeated.",
)
@click.option("--expires-hours", type=NumberRange(0, MOST_HOURS, min_open=True), help="Hours after which it ends.")
@json_option
@installation_options
def create(
    *,
    account: str,
    plan: str,
    mode: str,
    amount: int,
    rate_limit: int | None,
    name: str,
    scopes: tuple[str, ...],
    networks: tuple[str, ...],
    expires_hours: float | None,
    as_json: bool,
) -> None:
    """Make a key; it is shown this once."""

    async def create_and_read(services: Services) -> tuple[NewKey, int]:
        terms = KeyTerms(
            name=name,
            scopes=tuple(scope for scope in Scope if not scopes or scope.value in scopes),
            networks=networks,
            expires_at=None if expires_hours is None else services.now() + timedelta(hours=expires_hours),
            rate_limit=rate_limit,
        )
        made = await ManageKeys(services).create(
            account=account, plan=plan, mode=Mode(mode), amount=amount, rate_limit=rate_limit, terms=terms
        )
        (line,) = await read_balances(services, account)
        return made, line.balance

    made, balance = with_services(create_and_read, as_json=as_json)
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made.api_key}\nKeep it now: it is not shown again. Its id is {made.id}.")
    if made.mode is Mode.LIVE and balance == 0:
        warn(f"the account {account} has no credits; add some with: leadrun credits add --account {quote(account)} N")


@keys_group.command("list")
@click.option("--account", help="Only this account's.")
@json_option
@installation_options
def list_keys(account: str | None, *, as_json: bool) -> None:
    """List keys, the newest first."""
    lines = with_services(lambda services: ManageKeys(services).lines(account), as_json=as_json)
    if as_json:
        print_json({"keys": lines})
        return
    names = (
        "id",
        "display",
        "name",
        "account",
        "plan",
        "mode",
        "rate_limit",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    print_table(names, [[getattr(line, name) for name in names] for line in lines])


@keys_group.command("show")
@click.argument("key_id", type=click.UUID)
@json_option
@installation_options
def show(key_id: UUID, *, as_json: bool) -> None:
    """Show a key: what it may do, from where, until when, and when it was used last."""
    line = with_services(lambda services: ManageKeys(services).line(key_id), as_json=as_json)
    if as_json:
        print_json(line)
        return
    print_table(("member", "value"), [[name, _shown(getattr(line, name))] for name in line.__struct_fields__])


def _shown(value: object) -> object:
    return ", ".join(map(str, value)) or "any" if isinstance(value, list) else value


@keys_group.command("rotate")
@click.argument("key_id", type=click.UUID)
@click.option(
    "--grace-hours",
    type=NumberRange(0, MOST_HOURS),
    default=24.0,
    show_default=True,
    help="Hours for which the old key still works.",
)
@json_option
@installation_options
def rotate(key_id: UUID, grace_hours: float, *, as_json: bool) -> None:
    """Make a new key in place of one, which lives on for a while."""
    made = with_services(
        lambda services: ManageKeys(services).rotate(key_id, timedelta(hours=grace_hours)), as_json=as_json
    )
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made.api_key}\nThe old key works for another {grace_hours:g} hours.")


@keys_group.command("revoke")
@click.argument("key_id", type=click.UUID)
@json_option
@installation_options
def revoke(key_id: UUID, *, as_json: bool) -> None:
    """Revoke a key; within a second no process accepts it."""
    with_services(lambda services: ManageKeys(services).revoke(key_id), as_json=as_json)
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        click.echo("Revoked.")
