"""Shows how a file would be read and what it may cost, and asks before credits are spent."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from leadrun import Leadrun
from leadrun.errors import ApiError, ConfigurationError
from leadrun_cli.output import REFUSED, plain, say

SHOWN = 5
_ABSENT = (404, 405)


def preview_of(client: Leadrun, content: bytes, media: str, query: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Ask how the file would be read; None where the leadrun is too old to say."""
    try:
        return client.batches.preview(content, media_type=media, query=query)
    except ApiError as error:
        if error.status in _ABSENT:
            return None
        raise


def _credits(preview: Mapping[str, Any] | None) -> int | None:
    """Return how many credits a file may cost."""
    named = [value for name, value in (preview or {}).items() if "credits" in name and isinstance(value, int)]
    return max(named, default=None)


def check_limit(preview: Mapping[str, Any] | None, most: int | None) -> None:
    """Check that a file may not cost more credits than `most`.

    Raises:
        ConfigurationError: It may, or the leadrun does not say.
    """
    if most is None:
        return
    credits_ = _credits(preview)
    if credits_ is None:
        raise ConfigurationError("This leadrun is too old to say what a file may cost; leave out --max-credits.")
    if credits_ > most:
        raise ConfigurationError(f"The file may cost {credits_} credits, more than the {most} of --max-credits.")


def ask(client: Leadrun, preview: Mapping[str, Any] | None) -> None:
    """Ask before credits are spent."""
    if preview:
        show(preview)
    cost = _credits(preview)
    what = "an unknown number of" if cost is None else f"at most {cost}"
    if not sys.stdin.isatty():
        raise ConfigurationError(f"This would spend {what} credits; say --yes where nobody can be asked.")
    if not click.confirm(f"Spend {what} of {client.credits().balance} credits?", err=True):
        say("Nothing was looked up.")
        sys.exit(REFUSED)


def show(preview: Mapping[str, Any]) -> None:
    """Print how a file would be read: each fact of the server on a line."""
    for name, value in preview.items():
        title = plain(name).replace("_", " ")
        if isinstance(value, list):
            say(
                f"{title}: {len(value)}"
                if value and isinstance(value[0], dict | list)
                else f"{title}: {_listed(value)}"
            )
            for one in value[:SHOWN] if value and isinstance(value[0], dict | list) else ():
                say(f"  {_line(one)}")
        elif isinstance(value, dict):
            say(f"{title}: {_line(value)}")
        else:
            say(f"{title}: {value}")


def _listed(values: list[Any]) -> str:
    return ", ".join(map(str, values)) or "none"


def _line(one: object) -> str:
    if not isinstance(one, dict):
        return str(one)
    return " · ".join(f"{name} {value}" for name, value in one.items() if value not in (None, "", [], {}))
