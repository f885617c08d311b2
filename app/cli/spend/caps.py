"""`leadrun caps`: how much may be spent in a day or a month."""

from decimal import Decimal

import click

from app.cli.loading import installation_options
from app.cli.numbers import NumberRange
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.domain.accounts.spend_cap import (
    ALL_PROVIDERS,
    EVERYBODY,
    MOST,
    CapKey,
    CapPeriod,
    CapSetter,
    CapUnit,
    SpendCap,
)
from app.providers.setup.registry import load_specs
from app.services import Services
from app.usecases.accounts.manage_caps import ManageCaps

_HEADER = ("account", "provider", "period", "unit", "cap", "used", "set by")


@click.group("caps")
def caps_group() -> None:
    """Show, set or remove caps on what may be spent."""


@caps_group.command("list")
@json_option
@installation_options
def list_caps(*, as_json: bool) -> None:
    """Show all caps with what counts against each, reserved amounts included."""

    async def read(services: Services) -> list[dict[str, object]]:
        return [_row(name, cap, services) for name, cap in await ManageCaps(services).every()]

    _print(with_services(read, as_json=as_json), as_json=as_json)


@caps_group.command("set")
@click.option("--account", help="Of this account; of all together when absent.")
@click.option("--provider", type=click.Choice(sorted(spec.slug for spec in load_specs())), metavar="NAME")
@click.option("--period", type=click.Choice([one.value for one in CapPeriod]), required=True)
@click.option("--usd", type=NumberRange(0, int(MOST)), help="What providers may charge.")
@click.option("--credits", "credits_", type=click.IntRange(0, int(MOST)), help="What the account may be charged.")
@click.option("--remove", is_flag=True, help="Remove the caps of this account, provider and period instead.")
@json_option
@installation_options
def set_cap(
    account: str | None,
    provider: str | None,
    period: str,
    usd: float | None,
    credits_: int | None,
    *,
    remove: bool,
    as_json: bool,
) -> None:
    """Set or remove a cap, in force within a second; what was spent since the period began counts."""
    amounts = {CapUnit.USD: usd, CapUnit.CREDITS: credits_}
    given = {unit: Decimal(str(amount)) for unit, amount in amounts.items() if amount is not None}
    if remove == bool(given):
        raise click.UsageError("Say what to set: --usd N or --credits N; or --remove to remove what is set.")
    if CapUnit.CREDITS in given and (account is None or provider):
        raise click.UsageError("Caps in credits are those of an account, at all providers: give --account alone.")

    async def change(services: Services) -> list[dict[str, object]]:
        caps = ManageCaps(services)
        account_id = EVERYBODY if account is None else await caps.account_id(account)
        for unit in CapUnit if remove else given:
            key = CapKey(account_id, provider or ALL_PROVIDERS, CapPeriod(period), unit, CapSetter.OPERATOR)
            await caps.set(key, given.get(unit))
        return [_row(name, cap, services) for name, cap in await caps.every()]

    _print(with_services(change, as_json=as_json), as_json=as_json)


def _row(name: str | None, cap: SpendCap, services: Services) -> dict[str, object]:
    return {
        "account": name,
        "provider": cap.provider or None,
        "period": cap.period.value,
        "unit": cap.unit.value,
        "cap": float(cap.amount),
        "used": float(cap.used_at(services.now())),
        "set_by": cap.set_by.value,
    }


def _print(rows: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        print_json({"caps": rows})
    else:
        print_table(_HEADER, [[value if value is not None else "all" for value in row.values()] for row in rows])
