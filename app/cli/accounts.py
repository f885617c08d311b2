"""Commands for accounts: keys, credits, plans."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click
import msgspec

from app.cli.output import print_json, print_table
from app.cli.services import with_services
from app.domain.accounts.pricing import PLANS
from app.domain.vocabulary import Mode, ResultStatus
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.accounts.manage_plans import ManagePlans

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Use the databases of the `leadrun up` that runs there."
)


@click.group("keys")
def keys_group() -> None:
    """Make, list, rotate and revoke API keys."""


@keys_group.command("create")
@click.option("--account", required=True, help="Name of the account; made if there is none.")
@click.option("--plan", type=click.Choice(sorted(PLANS)), default="leadmodule", show_default=True)
@click.option("--mode", type=click.Choice([m.value for m in Mode]), default="live", show_default=True)
@click.option("--credits", "amount", type=int, default=0, show_default=True, help="Granted to the account as well.")
@click.option("--rate-limit", type=int, help="Submissions in any 60 s; the default is a setting.")
@json_option
@data_dir_option
def create(
    account: str, plan: str, mode: str, amount: int, rate_limit: int | None, *, as_json: bool, data_dir: Path | None
) -> None:
    """Make a key; it is shown this once."""
    made = with_services(
        lambda services: ManageKeys(services).create(
            account=account, plan=plan, mode=Mode(mode), amount=amount, rate_limit=rate_limit
        ),
        data_dir,
        as_json=as_json,
    )
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made.api_key}\nKeep it now: it is not shown again. Its id is {made.id}.")


@keys_group.command("list")
@click.option("--account", help="Only this account's.")
@json_option
@data_dir_option
def list_keys(account: str | None, *, as_json: bool, data_dir: Path | None) -> None:
    """List keys, the newest first."""
    lines = with_services(lambda services: ManageKeys(services).lines(account), data_dir, as_json=as_json)
    if as_json:
        print_json({"keys": lines})
        return
    names = ("id", "display", "account", "plan", "mode", "rate_limit", "last_used_at", "expires_at", "revoked_at")
    print_table(names, [[getattr(line, name) for name in names] for line in lines])


@keys_group.command("rotate")
@click.argument("key_id", type=click.UUID)
@click.option("--grace-hours", type=float, default=24.0, show_default=True, help="How long the old one lives on.")
@json_option
@data_dir_option
def rotate(key_id: UUID, grace_hours: float, *, as_json: bool, data_dir: Path | None) -> None:
    """Make a new key in place of one, which lives on for a while."""
    made = with_services(
        lambda services: ManageKeys(services).rotate(key_id, timedelta(hours=grace_hours)), data_dir, as_json=as_json
    )
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made.api_key}\nThe old key works for another {grace_hours:g} hours.")


@keys_group.command("revoke")
@click.argument("key_id", type=click.UUID)
@json_option
@data_dir_option
def revoke(key_id: UUID, *, as_json: bool, data_dir: Path | None) -> None:
    """Revoke a key; within a second no process accepts it."""
    with_services(lambda services: ManageKeys(services).revoke(key_id), data_dir, as_json=as_json)
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        click.echo("Revoked.")


@click.group("credits")
def credits_group() -> None:
    """Add credits to an account."""


@credits_group.command("add")
@click.option("--account", required=True, help="Name of the account.")
@click.argument("amount", type=int, metavar="N")
@json_option
@data_dir_option
def add(account: str, amount: int, *, as_json: bool, data_dir: Path | None) -> None:
    """Add N credits."""
    balance = with_services(
        lambda services: ManageKeys(services).grant(account=account, amount=amount), data_dir, as_json=as_json
    )
    if as_json:
        print_json({"account": account, "balance": balance})
    else:
        click.echo(f"The balance of {account} is now {balance}.")


@click.group("plans")
def plans_group() -> None:
    """Show or set what a plan costs and what it gives back."""


@plans_group.command("list")
@json_option
@data_dir_option
def list_plans(*, as_json: bool, data_dir: Path | None) -> None:
    """Show the plans in force."""
    plans = with_services(lambda services: ManagePlans(services).read(), data_dir, as_json=as_json)
    if as_json:
        print_json({"plans": plans})
        return
    rows = [(p.name, p.email, p.phone, p.all, ", ".join(sorted(r.value for r in p.refunds)) or "-") for p in plans]
    print_table(("plan", "email", "phone", "all", "refunds"), rows)


@plans_group.command("set")
@click.argument("name", type=click.Choice(sorted(PLANS)))
@click.option("--email", type=click.IntRange(min=0), help="Credits for an e-mail look-up.")
@click.option("--phone", type=click.IntRange(min=0), help="Credits for a phone look-up.")
@click.option("--all", "both", type=click.IntRange(min=0), help="Credits for both.")
@click.option(
    "--refund",
    type=click.Choice([ResultStatus.NOT_FOUND.value, ResultStatus.ERROR.value, "nothing"]),
    multiple=True,
    help="Give the charge back after this result; repeat it for several.",
)
@json_option
@data_dir_option
def set_plan(
    name: str,
    email: int | None,
    phone: int | None,
    both: int | None,
    refund: tuple[str, ...],
    *,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Set other prices or refunds; runs accepted from now on pay them."""
    refunds = frozenset(ResultStatus(r) for r in refund if r != "nothing") if refund else None
    plan = with_services(
        lambda services: ManagePlans(services).change(name, email=email, phone=phone, both=both, refunds=refunds),
        data_dir,
        as_json=as_json,
    )
    if as_json:
        print_json(plan)
    else:
        click.echo(msgspec.json.encode(plan).decode())
