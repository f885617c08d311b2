"""`leadrun config`: the settings in force, and the origin of each."""

import click
import msgspec

from app.cli.loading import displayed, end, installation_options, load, running
from app.cli.output import json_option, print_json, print_table
from app.settings.reading import FIELDS, masked
from app.settings.settings import PREFIX, SettingsError

DEFAULT = "default"


@click.command("config")
@json_option
@installation_options
def config_command(*, as_json: bool) -> None:
    """Show the settings in force and where each comes from, secrets masked."""
    try:
        own = load()
    except SettingsError as error:
        end(error, as_json=as_json)
    loaded, found = displayed(own), running(own)
    shown = masked(loaded.settings)
    sources = {name: loaded.sources.get(name, DEFAULT) for name in FIELDS}
    sources |= {name: source for name, source in loaded.sources.items() if name.startswith(f"{PREFIX}PROVIDER_")}
    if as_json:
        print_json({**shown, "sources": sources, "running": found.url if found else None})
        return
    if found:
        click.echo(f"The settings of the `leadrun up` that runs at {found.url} (process {found.pid}):\n")
    providers = shown.pop("providers")
    rows = [(name, _plain(shown[name.removeprefix(PREFIX).lower()]), sources[name]) for name in FIELDS]
    for slug, parts in providers.items() if isinstance(providers, dict) else ():
        names = {f"{PREFIX}PROVIDER_{slug.upper().replace('-', '_')}_{part.upper()}": part for part in parts}
        rows += [(name, _plain(parts[part]), sources[name]) for name, part in names.items() if name in sources]
    print_table(("setting", "value", "from"), rows)


def _plain(value: object) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
