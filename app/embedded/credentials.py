"""The secrets of a data directory: the key that encrypts webhook secrets, and the two API keys that `up` prints."""

import secrets
import shlex
from base64 import urlsafe_b64encode
from collections.abc import Callable
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


def secret_key(data_dir: Path) -> str:
    """Return the secret key of a data directory, made if needed: a Fernet key, 32 bytes in URL-safe base64."""
    file = data_dir / "secret-key"
    if not file.exists():
        write_private(file, urlsafe_b64encode(secrets.token_bytes(32)))
    return file.read_text().strip()


def api_keys(data_dir: Path, *, is_known: Callable[[str], bool], make: Callable[[str], str]) -> ApiKeys:
    """Return the API keys of a data directory; make those that are missing or unknown to the database.

    Args:
        data_dir: Keeps them in a file.
        is_known: Checks that the API knows a key.
        make: Makes a key of a mode, ``live`` or ``test``.
    """
    kept = kept_keys(data_dir) or ApiKeys(api_key="", test_key="")
    live = kept.api_key if kept.api_key and is_known(kept.api_key) else make("live")
    test = kept.test_key if kept.test_key and is_known(kept.test_key) else make("test")
    keys = ApiKeys(api_key=live, test_key=test)
    if keys != kept:
        write_private(data_dir / KEYS, msgspec.json.encode(keys))
    return keys


def kept_keys(data_dir: Path) -> ApiKeys | None:
    """Read the API keys that a data directory keeps; None where there are none."""
    try:
        return msgspec.json.decode((data_dir / KEYS).read_bytes(), type=ApiKeys)
    except (OSError, msgspec.DecodeError):
        return None


def announce(url: str, keys: ApiKeys, data_dir: Path, *, as_json: bool) -> None:
    """Print the ready line; scripts rely on the form of the JSON."""
    if as_json:
        line = {"url": url, "apiKey": keys.api_key, "testKey": keys.test_key, "docs": f"{url}/docs"}
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
        f"Paste this:\n\n  {curl}\n\n"
        f"Data, keys and logs are in {data_dir}. Ctrl-C ends everything."
    )
