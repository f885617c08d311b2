"""Commands for providers: the table of what is set up, and free calls that prove keys and read balances."""

import sys
from pathlib import Path

import click
import msgspec

from app.commands.accounts import data_dir_option, json_option
from app.commands.output import fail, print_json, print_table
from app.commands.services import with_services
from app.context import Services
from app.domain.run import Mode
from app.live.gate import Gate
from app.providers.client import Client


class ProviderLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One provider in the table."""

    name: str
    tier: str
    type: str
    usable: bool
    reason: str | None
    limits: str
    gate: str


class Checked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a provider's free account call told."""

    name: str
    works: bool
    balance: dict[str, float | str]
    reason: str | None


@click.group("providers", invoke_without_command=True)
@click.option("--mode", type=click.Choice([m.value for m in Mode]), default="live", show_default=True)
@json_option
@data_dir_option
@click.pass_context
def providers_group(context: click.Context, mode: str, *, as_json: bool, data_dir: Path | None) -> None:
    """Show the providers: tier, what they find, whether they can be asked, limits, gate."""
    if context.invoked_subcommand:
        return
    lines = with_services(lambda services: _lines(services, Mode(mode)), data_dir, as_json=as_json)
    if as_json:
        print_json({"providers": lines})
        return
    names = ("name", "tier", "type", "usable", "reason", "limits", "gate")
    print_table(names, [[getattr(line, name) for name in names] for line in lines])


@providers_group.command("check")
@click.argument("slugs", nargs=-1)
@json_option
@data_dir_option
def check(slugs: tuple[str, ...], *, as_json: bool, data_dir: Path | None) -> None:
    """Make the free account call of these providers (of all that have a key), and open their gates again."""
    checked = with_services(lambda services: _check(services, slugs), data_dir, as_json=as_json)
    if as_json:
        print_json({"providers": checked})
    else:
        rows = [(c.name, "works" if c.works else "trouble", _pools(c.balance), c.reason or "") for c in checked]
        print_table(("name", "key", "balance", "reason"), rows)
    if not checked:
        sys.exit(fail("no provider has a key; set LEADRUN_PROVIDER_<NAME>_API_KEY", as_json=as_json))
    if not all(c.works for c in checked):
        sys.exit(1)


async def _lines(services: Services, mode: Mode) -> list[ProviderLine]:
    states: dict[str, str] = {}
    for state in await Gate(services.redis).states():
        states.setdefault(state.provider, f"{state.reason}, {state.seconds:.0f} s")
    lines = []
    for listed in services.registry.listing(mode):
        entry = services.registry.entry(listed.name)
        limits = entry.spec.limits if entry else ()
        lines.append(
            ProviderLine(
                name=listed.name,
                tier=listed.tier.value,
                type=listed.type,
                usable=listed.enabled,
                reason=entry.unusable if entry else None,
                limits=", ".join(f"{limit.calls}/{limit.seconds:g}s" for limit in limits),
                gate=states.get(listed.name, "open"),
            )
        )
    return lines


async def _check(services: Services, slugs: tuple[str, ...]) -> list[Checked]:
    client = Client(http=services.http, registry=services.registry, clock=services.clock)
    gate = Gate(services.redis)
    known = {entry.spec.slug for entry in services.registry.entries()}
    wanted = slugs or [e.spec.slug for e in services.registry.entries(Mode.LIVE) if e.unusable is None]
    found = []
    for slug in wanted:
        if slug not in known:
            found.append(Checked(name=slug, works=False, balance={}, reason="there is no such provider"))
            continue
        purse = await client.check(slug)
        if purse.trouble is None:
            await gate.reopen(slug)
        reason = purse.trouble.reason if purse.trouble else None
        found.append(Checked(name=slug, works=purse.trouble is None, balance=purse.pools, reason=reason))
    return found


def _pools(balance: dict[str, float | str]) -> str:
    return ", ".join(f"{name} {left}" for name, left in balance.items())
