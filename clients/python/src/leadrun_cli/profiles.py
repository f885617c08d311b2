"""Keep URLs and keys between commands: in one file that only its owner may read."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from leadrun import Leadrun
from leadrun._target import DEFAULT_URL, KEY_VARIABLES, URL_VARIABLE, base_of
from leadrun.errors import ConfigurationError

F = TypeVar("F", bound=Callable[..., Any])
FILE_VARIABLE, PROFILE_VARIABLE, DEFAULT = "LEADRUN_CONFIG", "LEADRUN_PROFILE", "default"
_META = "leadrun.profile"


def _keep(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta[_META] = value


def profile_option(command: F) -> F:
    """Add the option that chooses among the leadruns of `leadrun login`."""
    return click.option(
        "--profile",
        metavar="NAME",
        expose_value=False,
        callback=_keep,
        help=f"One of the leadruns that `leadrun login` keeps ({PROFILE_VARIABLE}, {DEFAULT}).",
    )(command)


def path() -> Path:
    """Return where profiles are kept."""
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "leadrun" / "credentials.json"


def read() -> dict[str, dict[str, str]]:
    """Read the profiles.

    Raises:
        ConfigurationError: The file is damaged, or others may read it.
    """
    file = path()
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = content["profiles"]
        kept = {str(name): {"url": str(one["url"]), "apiKey": str(one["apiKey"])} for name, one in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{file} cannot be read ({error}); mend or delete it, and log in again.") from error
    return kept


def write(profiles: Mapping[str, Mapping[str, str]]) -> Path:
    """Keep the profiles: the file is replaced whole, and readable by its owner alone from its first byte."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".credentials-")  # made with 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as new:
        json.dump({"profiles": profiles}, new, indent=2)
    Path(name).replace(file)
    return file


def chosen() -> str | None:
    """Return the profile that the command line or the environment names."""
    context = click.get_current_context(silent=True)
    named: str | None = context.meta.get(_META) if context else None
    return named or os.environ.get(PROFILE_VARIABLE) or None


def credentials() -> tuple[str, str, str]:
    """Return URL, key, and where they come from.

    A key is only ever sent to the URL that it was given with: the environment's key to the environment's URL, a
    profile's key to the profile's.

    Raises:
        ConfigurationError: There are none.
    """
    name, url = chosen(), os.environ.get(URL_VARIABLE)
    key = next(filter(None, map(os.environ.get, KEY_VARIABLES)), None)
    if key and not name:
        return base_of(url or DEFAULT_URL), key, "environment"
    profile = read().get(name or DEFAULT)
    if profile is None:
        known = f"no profile {name!r}" if name else "no key"
        raise ConfigurationError(
            f"There is {known}: run `leadrun login`, or set {KEY_VARIABLES[0]} and {URL_VARIABLE}."
        )
    if url and not name and base_of(url) != base_of(profile["url"]):
        raise ConfigurationError(
            f"{URL_VARIABLE} is {url}, but the key that is kept is for {profile['url']}; set {KEY_VARIABLES[0]} too."
        )
    return base_of(profile["url"]), profile["apiKey"], f"profile {name or DEFAULT}"


def connect(**more: Any) -> Leadrun:  # noqa: ANN401 - as Leadrun takes
    """Make a client of the leadrun in use."""
    url, key, _ = credentials()
    return Leadrun(key, url, **more)
