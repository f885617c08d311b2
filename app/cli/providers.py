"""`leadrun providers`: the providers as they are set up, and free calls that prove keys and read balances."""

import sys
from decimal import Decimal

import click
import msgspec

from app.cli.loading import connected, displayed, installation_options, running
from app.cli.output import fail, json_option, print_json, print_table
from app.cli.services import with_services
from app.cli.spend.provider_stats import stats
from app.domain.errors import UnknownIdError
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.provider_limits import Limit
from app.providers.setup.configured_provider import ConfiguredProvider, variable
from app.providers.setup.registry import ProviderSummary, Registry
from app.redis.provider_gate import ProviderGate
from app.services import Services
from app.settings.reading import LoadedSettings
from app.usecases.providers.check import CheckProvider, ProviderCheck
from app.usecases.providers.switches import ProviderSwitches

NO_KEY = "set LEADRUN_PROVIDER_<NAME>_API_KEY"
UNKNOWN = "there is no such provider; `leadrun providers` lists them"
KEY_ELSEWHERE = "only the running `leadrun up` has its key; put it into the environment of this command, or into .env"


class FieldLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One field at one provider: the price in USD of the route that is tried first, and whether the field is on."""

    field: str
    price_call: Decimal
    price_success: Decimal
    on: bool


class ProviderLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One provider in the table: `key` is whether an API key is set, `reason` why it cannot be used."""

    name: str
    tier: str
    type: str
    fields: tuple[FieldLine, ...]
    key: bool
    usable: bool
    reason: str | None
    limits: str
    gate: str
    balance_call: bool


mode_option = click.option("--mode", type=click.Choice([m.value for m in Mode]), default="live", show_default=True)


@click.group("providers", invoke_without_command=True)
@mode_option
@json_option
@installation_options
@click.pass_context
def providers_group(context: click.Context, mode: str, *, as_json: bool) -> None:
    """Show the providers: keys, prices, limits, why one is unused."""
    if not context.invoked_subcommand:
        _show(Mode(mode), as_json=as_json)


providers_group.add_command(stats)


@providers_group.command("list")
@mode_option
@json_option
@installation_options
def list_providers(mode: str, *, as_json: bool) -> None:
    """Show the same as `leadrun providers`."""
    _show(Mode(mode), as_json=as_json)


@providers_group.command("check")
@click.argument("slugs", nargs=-1)
@json_option
@installation_options
def check(slugs: tuple[str, ...], *, as_json: bool) -> None:
    """Call the free account call of these providers (of all that have a key), and open their gates again."""
    elsewhere: set[str] = set()

    def chosen(loaded: LoadedSettings) -> LoadedSettings:
        found = running(loaded)
        elsewhere.update(found.variables.keys() - loaded.environ.keys() if found else ())
        return connected(loaded)

    checked = [
        msgspec.structs.replace(one, reason=KEY_ELSEWHERE) if variable(one.name, "API_KEY") in elsewhere else one
        for one in with_services(lambda services: _check(services, slugs), as_json=as_json, choose=chosen)
    ]
    if as_json:
        print_json({"providers": checked})
    else:
        words = {True: "works", False: "trouble", None: "not checked"}
        rows = [(c.name, words[c.works], _pools(c.balance), c.reason or "") for c in checked]
        print_table(("name", "key", "balance", "reason"), rows)
    if not checked:
        known = any(name.endswith("_API_KEY") for name in elsewhere)
        sys.exit(fail(f"no provider has a key: {KEY_ELSEWHERE if known else NO_KEY}", as_json=as_json))
    if any(c.works is False for c in checked):
        sys.exit(1)


@providers_group.command("off")
@click.argument("slug")
@json_option
@installation_options
def switch_off(slug: str, *, as_json: bool) -> None:
    """Switch a provider off: within seconds no process asks it, and look-ups go on without it."""
    _switch(slug, on=False, as_json=as_json)


@providers_group.command("on")
@click.argument("slug")
@json_option
@installation_options
def switch_on(slug: str, *, as_json: bool) -> None:
    """Let a provider that was switched off be asked again."""
    _switch(slug, on=True, as_json=as_json)


def _switch(slug: str, *, on: bool, as_json: bool) -> None:
    changed = with_services(lambda services: ProviderSwitches(services).switch(slug, on=on), as_json=as_json)
    if as_json:
        print_json({"name": slug, "on": on, "changed": changed})
    else:
        click.echo(f"{slug} is {'on' if on else 'off'}" + ("" if changed else " already"))


def _show(mode: Mode, *, as_json: bool) -> None:
    lines = with_services(lambda services: _lines(services, mode), as_json=as_json, choose=_shown)
    if as_json:
        print_json({"providers": lines})
        return
    print_table(
        (
            "name",
            "tier",
            "fields",
            "key",
            "USD a call + a success",
            "limits",
            "gate",
            "balance call",
            "not asked because",
        ),
        [
            (
                *(line.name, line.tier, ", ".join(_field(f) for f in line.fields), "yes" if line.key else "no"),
                ", ".join(f"{f.field} {_usd(f.price_call)} + {_usd(f.price_success)}" for f in line.fields),
                *(line.limits, line.gate, "yes" if line.balance_call else "none", line.reason),
            )
            for line in lines
        ],
    )


def _shown(loaded: LoadedSettings) -> LoadedSettings:
    """Choose the settings of a running `leadrun up`, whose keys are masked but known to be there."""
    real, shown = connected(loaded).settings, displayed(loaded)
    settings = msgspec.structs.replace(shown.settings, database_url=real.database_url, redis_url=real.redis_url)
    return msgspec.structs.replace(shown, settings=settings)


async def _lines(services: Services, mode: Mode) -> list[ProviderLine]:
    await ProviderSwitches(services).look()
    states: dict[str, str] = {}
    for state in await ProviderGate(services.redis).states():
        states.setdefault(state.provider, f"{state.reason}, {state.seconds:.0f} s")
    entries = {entry.spec.slug: entry for entry in services.registry.entries(mode)}
    return [
        _line(listed, entries[listed.name], states.get(listed.name, "open"))
        for listed in _listed(services.registry, mode)
    ]


def _listed(registry: Registry, mode: Mode) -> list[ProviderSummary]:
    """List the providers that find something, and after them those that verify addresses alone."""
    finders = registry.listing(mode)
    known = {listed.name for listed in finders}
    return [*finders, *(listed for listed in registry.verifiers(mode) if listed.name not in known)]


def _line(listed: ProviderSummary, entry: ConfiguredProvider, gate: str) -> ProviderLine:
    spec = entry.spec
    return ProviderLine(
        name=listed.name,
        tier=listed.tier.value,
        type=listed.type,
        fields=_fields(entry),
        key="key" in entry.credentials,
        usable=listed.enabled,
        reason=entry.unusable or listed.reason,
        limits=_limits(entry),
        gate=gate,
        balance_call=spec.balance is not None,
    )


def _fields(entry: ConfiguredProvider) -> tuple[FieldLine, ...]:
    found: dict[Field, FieldLine] = {}
    for route in entry.routes:
        price, on = entry.price(route), entry.is_on(route)
        line = FieldLine(field=route.field.value, price_call=price.call, price_success=price.success, on=on)
        if route.field not in found or (on and not found[route.field].on):
            found[route.field] = line
    return tuple(found.values())


def _limits(entry: ConfiguredProvider) -> str:
    shown = [_pace(limit) for limit in entry.limits]
    shown += [f"{entry.spec.at_once} at once"] if entry.spec.at_once else []
    own: dict[str, list[str]] = {}
    for route in entry.routes:
        for text in (*map(_pace, route.limits), *([f"{route.at_once} at once"] if route.at_once else [])):
            own.setdefault(text, []).append(route.field.value)
    shown += [f"{text} ({', '.join(dict.fromkeys(fields))})" for text, fields in own.items()]
    return ", ".join(shown)


def _pace(limit: Limit) -> str:
    return f"{limit.calls}/{limit.seconds:g}s"


def _field(line: FieldLine) -> str:
    return line.field if line.on else f"{line.field} (off)"


def _usd(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


async def _check(services: Services, slugs: tuple[str, ...]) -> list[ProviderCheck]:
    check, found = CheckProvider(services), []
    for slug in slugs or [e.spec.slug for e in services.registry.entries(Mode.LIVE) if e.unusable is None]:
        try:
            found.append(await check(slug))
        except UnknownIdError:
            found.append(ProviderCheck(name=slug, works=False, balance={}, reason=UNKNOWN))
    return found


def _pools(balance: dict[str, float | str]) -> str:
    return ", ".join(f"{name} {left}" for name, left in balance.items())
