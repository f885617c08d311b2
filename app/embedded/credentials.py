"""Secrets of a data directory, the key of webhook secrets and two API keys, and the ready line that shows them."""

import secrets
import shlex
from base64 import urlsafe_b64encode
from pathlib import Path

import click
import msgspec

from app.embedded.data_dir_lock import write_private

KEYS = "keys.json"
FREE_CREDITS = 100
EXAMPLE = '{"firstName": "Magic", "lastName": "Found", "companyDomain": "acme.example"}'


class ApiKeys(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A live key and a test key, as plain text: no other file has them."""

    api_key: str
    test_key: str


class ReadyCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """The credentials that the ready line shows.

    Attributes:
        claim: The path of the link by which the first operator enters; None when there is one.
    """

    keys: ApiKeys
    claim: str | None = None


def secret_key(data_dir: Path) -> str:
    """Return the secret key of a data directory, made if needed: a Fernet key, 32 bytes in URL-safe base64."""
    file = data_dir / "secret-key"
    if not file.exists():
        write_private(file, urlsafe_b64encode(secrets.token_bytes(32)))
    return file.read_text().strip()


def keep_keys(data_dir: Path, keys: ApiKeys) -> None:
    """Keep the API keys in a file of the data directory."""
    write_private(data_dir / KEYS, msgspec.json.encode(keys))


def kept_keys(data_dir: Path) -> ApiKeys | None:
    """Read the API keys that a data directory keeps; None where there are none."""
    try:
        return msgspec.json.decode((data_dir / KEYS).read_bytes(), type=ApiKeys)
    except (OSError, msgspec.DecodeError):
        return None


def announce(url: str, shown: ReadyCredentials, data_dir: Path, *, as_json: bool) -> None:
    """Print the ready line; scripts rely on the form of the JSON.

    Args:
        url: Of the API and the app.
        shown: Keys and link.
        data_dir: Where everything is.
        as_json: Print it for scripts.
    """
    keys, claim = shown.keys, shown.claim
    if as_json:
        line = {"url": url, "apiKey": keys.api_key, "testKey": keys.test_key, "docs": f"{url}/docs"}
        if claim:
            line["claim"] = url + claim
        click.echo(msgspec.json.encode(line))
        return
    curl = (
        shlex.join(("curl", "-sS", f"{url}/api/v1/enrich"))
        + " \\\n    "
        + " \\\n    ".join(
            f"{flag} {shlex.quote(value)}"
            for flag, value in (
                ("-H", f"Authorization: Bearer {keys.test_key}"),
                ("-H", "Content-Type: application/json"),
                ("-H", "Prefer: wait=10"),
                ("-d", EXAMPLE),
            )
        )
    )
    click.echo(
        f"\nleadrun is ready at {url} (read and try the API at {url}/docs)\n\n"
        f"  live key  {keys.api_key}  ({FREE_CREDITS} free credits)\n"
        f"  test key  {keys.test_key}  (answered by the sandbox, costs nothing)\n\n"
        f"{_entrance(url, claim)}\n\n"
        f"Paste this:\n\n  {curl}\n\n"
        f"Data, keys and logs are in {data_dir}. Ctrl-C ends everything."
    )


def _entrance(url: str, claim: str | None) -> str:
    if claim is None:
        return f"The app is at {url}/app"
    return f"Open this to enter the app as its first operator (it works once, within 24 hours):\n\n  {url}{claim}"
