"""`leadrun waterfalls`: the rules by which providers are asked, of an account or of the whole installation."""

import sys
from pathlib import Path
from uuid import UUID

import click
import msgspec

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.cli.spend.simulation import simulate
from app.domain.accounts.owner import Owner
from app.domain.errors import FieldError, InvalidInputError
from app.domain.vocabulary import Field, Mode
from app.services import Services
from app.usecases.accounts.manage_caps import ManageCaps
from app.usecases.accounts.waterfalls import NamedWaterfall, Waterfalls, read_waterfall

_account = click.option("--account", help="Of this account; of the installation when absent.")
_owner = click.option("--account", required=True, help="Of this account.")
_mode = click.option(
    "--mode", type=click.Choice([mode.value for mode in Mode]), default=Mode.LIVE.value, show_default=True
)
NOBODY = UUID(int=0)


@click.group("waterfalls")
def waterfalls_group() -> None:
    """Show, set, remove or simulate waterfalls: the providers to ask, their order, and the answers to accept."""


waterfalls_group.add_command(simulate)


@waterfalls_group.command("list")
@_account
@_mode
@json_option
@installation_options
def list_waterfalls(account: str | None, mode: str, *, as_json: bool) -> None:
    """Show the waterfalls that requests may name."""

    async def read(services: Services) -> list[NamedWaterfall]:
        return await Waterfalls(services).list(await _owner_of(services, account, mode))

    found = with_services(read, as_json=as_json)
    if as_json:
        print_json({"waterfalls": [_members(one) for one in found]})
    else:
        print_table(("name", "origin", "email", "phone", "cap in USD"), [_row(one) for one in found])


@waterfalls_group.command("show")
@click.argument("name")
@_account
@_mode
@installation_options
def show_waterfall(name: str, account: str | None, mode: str) -> None:
    """Show a waterfall as JSON, as `set` reads it."""

    async def read(services: Services) -> NamedWaterfall:
        return await Waterfalls(services).get(await _owner_of(services, account, mode), name)

    print_json(_members(with_services(read)))


@waterfalls_group.command("set")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@_owner
@_mode
@json_option
@installation_options
def set_waterfall(name: str, file: Path, account: str, mode: str, *, as_json: bool) -> None:
    """Make or change a waterfall of an account from a JSON file (- is standard input)."""

    async def write(services: Services) -> NamedWaterfall:
        try:
            waterfall = read_waterfall(name, msgspec.json.decode(_content(file), type=dict[str, object]))
        except (ValueError, msgspec.MsgspecError) as error:
            raise InvalidInputError([FieldError(field="", message=str(error))]) from error
        owner = await _owner_of(services, account, mode)
        await Waterfalls(services).put(owner, waterfall)
        return await Waterfalls(services).get(owner, name)

    written = with_services(write, as_json=as_json)
    if as_json:
        print_json(_members(written))
    else:
        print_table(("name", "origin", "email", "phone", "cap in USD"), [_row(written)])


def _content(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


@waterfalls_group.command("remove")
@click.argument("name")
@_owner
@_mode
@json_option
@installation_options
def remove_waterfall(name: str, account: str, mode: str, *, as_json: bool) -> None:
    """Remove a waterfall of an account; look-ups under way keep its rules."""

    async def remove(services: Services) -> None:
        await Waterfalls(services).remove(await _owner_of(services, account, mode), name)

    with_services(remove, as_json=as_json)
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        click.echo("Removed.")


async def _owner_of(services: Services, account: str | None, mode: str) -> Owner:
    """Return the owner; nobody, who has no waterfalls, where no account is named."""
    if account is None:
        return Owner(NOBODY, Mode(mode))
    return Owner(await ManageCaps(services).account_id(account), Mode(mode))


def _members(one: NamedWaterfall) -> dict[str, object]:
    members: dict[str, object] = msgspec.to_builtins(one.waterfall)
    return {"name": one.waterfall.name, "origin": one.origin} | members


def _row(one: NamedWaterfall) -> tuple[object, ...]:
    rules = [one.waterfall.rules(field).strategy for field in (Field.EMAIL, Field.PHONE)]
    return one.waterfall.name, one.origin, *(rule and rule.value for rule in rules), one.waterfall.max_cost_usd or ""
