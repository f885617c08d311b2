"""The settings of a command: environment, settings file and command line, checked together, or a running `up`'s."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import msgspec

from app.cli.output import fail, warn
from app.embedded.data_dir_lock import Running, running_on
from app.settings.foreign import problems_of_authorities
from app.settings.reading import DEFAULT_FILE, ENV_FILE, LoadedSettings, load_settings, masked_text, missing
from app.settings.settings import PREFIX, SettingsError

F = TypeVar("F", bound=Callable[..., Any])
REFUSED = 2
DATABASE, REDIS = "LEADRUN_DATABASE_URL", "LEADRUN_REDIS_URL"
_FILE, _DATA_DIR = "leadrun.env_file", "leadrun.data_dir"


def _kept(name: str) -> Callable[[click.Context, click.Parameter, Path | None], None]:
    def keep(context: click.Context, _: click.Parameter, value: Path | None) -> None:
        if value is not None:
            context.meta[name] = value

    return keep


env_file_option = click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_kept(_FILE),
    help=f"File of settings, NAME=value a line, which the environment overrides ({ENV_FILE}, {DEFAULT_FILE}).",
)
_data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_kept(_DATA_DIR),
    help="Use the databases of the `leadrun up` that runs there.",
)


def installation_options(command: F) -> F:
    """Add the options that say which leadrun a command works on."""
    return _data_dir_option(env_file_option(command))


def data_dir() -> Path | None:
    """Return the data directory that the command line names."""
    found: Path | None = click.get_current_context().meta.get(_DATA_DIR)
    return found


def load(*, servers: bool = False, database: bool = False, **options: object) -> LoadedSettings:
    """Read and check all settings, the providers' included; warn of old names.

    Args:
        servers: Whether the addresses of PostgreSQL and Redis must be set.
        database: Whether that of PostgreSQL must.
        options: Settings of the command line; None where it says nothing.

    Raises:
        SettingsError: With every problem.
    """
    given = {f"{PREFIX}{name.upper()}": str(value) for name, value in options.items() if value is not None}
    loaded = load_settings(os.environ, click.get_current_context().meta.get(_FILE), given)
    for sentence in loaded.warnings:
        warn(sentence)
    needed = [*([DATABASE] if servers or database else []), *([REDIS] if servers else [])]
    problems = [
        *loaded.problems,
        *missing(loaded.environ, needed),
        *_of_providers(loaded),
        *problems_of_authorities(os.environ),
    ]
    if problems:
        raise SettingsError(problems)
    return loaded


def load_or_end(*, servers: bool = False, database: bool = False, **options: object) -> LoadedSettings:
    """Read and check all settings as `load` does; end the process with a sentence for each problem, status 2."""
    try:
        return load(servers=servers, database=database, **options)
    except SettingsError as error:
        end(error)


def end(error: SettingsError, *, as_json: bool = False) -> NoReturn:
    """End the process with a sentence for each problem, status 2."""
    for problem in [str(error)] if as_json else error.problems:
        fail(problem, as_json=as_json)
    sys.exit(REFUSED)


def running(loaded: LoadedSettings) -> Running | None:
    """Return the `leadrun up` that a command works on; None when the settings name another database, or none runs."""
    found = running_on(data_dir() or loaded.settings.data_dir)
    if found and not found.environment:
        return None  # it is starting still
    own = loaded.environ.get(DATABASE)
    if found and own and data_dir() is None and masked_text(DATABASE, own) != found.variables.get(DATABASE):
        return None
    return found


def connected(loaded: LoadedSettings) -> LoadedSettings:
    """Return the settings with which a command reaches its databases: a running `leadrun up`'s, or its own.

    Raises:
        SettingsError: No `leadrun up` runs, and none are named.
    """
    found = running(loaded)
    if found is None and (data_dir() is not None or not loaded.environ.get(DATABASE)):
        where = data_dir() or loaded.settings.data_dir
        raise SettingsError([f"no `leadrun up` runs on {where}; start it, or set {DATABASE} and {REDIS}"])
    merged = load_settings({**loaded.environ, **(found.environment if found else {})})
    lacking = [*merged.problems, *missing(merged.environ, [DATABASE, REDIS])]
    if lacking:
        raise SettingsError(lacking)
    return merged


def displayed(loaded: LoadedSettings) -> LoadedSettings:
    """Return the settings to show: those of the `leadrun up` that runs here, secrets masked, or the command's own."""
    found = running(loaded)
    if found is None:
        return loaded
    shown = load_settings({**found.variables, **found.environment, ENV_FILE: ""})
    return msgspec.structs.replace(shown, sources=found.sources)


def _of_providers(loaded: LoadedSettings) -> list[str]:
    from app.providers.setup.registry import provider_problems  # noqa: PLC0415 - other modules need no catalogue

    return provider_problems(loaded.settings)
