"""`leadrun login`, `whoami` and `usage`: which leadrun is in use, with which key, and what was used of it."""

import sys

import click

from leadrun import Leadrun
from leadrun._target import DEFAULT_URL, base_of
from leadrun.errors import ConfigurationError
from leadrun_cli import profiles
from leadrun_cli.output import fails, json_option, print_json, print_table, say
from leadrun_cli.profiles import profile_option

_SHOWN = 12


def masked(key: str) -> str:
    """Return the part of a key that may be shown."""
    return f"{key[:_SHOWN]}…" if len(key) > 2 * _SHOWN else "…"


def mode_of(key: str) -> str:
    """Return `live` or `test`; keys of other services are taken for live."""
    return "test" if "_test_" in key else "live"


@click.command("login")
@click.option("--url", prompt=True, default=DEFAULT_URL, show_default=True, help="Of the leadrun.")
@profile_option
@fails
def login_command(url: str) -> None:
    """Keep the URL and key of a leadrun; the key is read from the terminal or from standard input, and tried."""
    terminal = sys.stdin.isatty()
    key = click.prompt("API key", hide_input=True) if terminal else sys.stdin.readline()
    key, address = key.strip(), base_of(url)
    if not key:
        raise ConfigurationError("There is no key: type it, or give it on standard input: leadrun login < key.txt")
    with Leadrun(key, address) as client:
        balance = client.credits().balance
    what = f"live key, {balance} credits" if mode_of(key) == "live" else "test key, which costs nothing"
    name = profiles.chosen() or profiles.DEFAULT
    file = profiles.write({**profiles.read(), name: {"url": address, "apiKey": key}})
    say(f"Logged in at {address} ({what}). Kept in {file}.")


@click.command("whoami")
@json_option
@profile_option
@fails
def whoami_command(*, as_json: bool) -> None:
    """Show the leadrun and the key in use, and the credits."""
    url, key, source = profiles.credentials()
    with Leadrun(key, url) as client:
        balance = client.credits()
    shown = {"url": url, "key": masked(key), "mode": mode_of(key), "from": source, "balance": balance.balance}
    if as_json:
        print_json(shown)
    else:
        free = {"balance": f"{balance.balance} credits; a test key costs nothing"} if mode_of(key) == "test" else {}
        print_table(("", ""), (shown | free).items())


@click.command("usage")
@click.option("--by", type=click.Choice(["day", "provider", "key"]), default="day", show_default=True)
@click.option("--since", metavar="TIME", help="The begin, such as 2026-11-01T00:00:00Z; 30 days before the end.")
@click.option("--until", metavar="TIME", help="The end, exclusive; now.")
@json_option
@profile_option
@fails
def usage_command(by: str, since: str | None, until: str | None, *, as_json: bool) -> None:
    """Show runs, results, credits and the providers' charges."""
    with profiles.connect() as client:
        usage = client.usage(by=by, since=since, until=until)
    if as_json:
        print_json(usage.raw)
        return
    rows = [row for row in usage.usage if row.runs or by != "day"]
    print_table(
        (by, "runs", "found", "not found", "errors", "cached", "credits", "USD"),
        [
            (
                row.day or row.provider or row.key_prefix or row.key,
                *(row.runs, row.found, row.not_found, row.errors, row.cached, row.credits_used),
                f"{row.cost_usd:.4f}",
            )
            for row in rows
        ],
    )
