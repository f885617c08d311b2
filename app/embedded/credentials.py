"""Secrets that `up` makes: the key of webhook secrets, two API keys, and the link that claims the app."""

import asyncio
import secrets
import shlex
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from app.domain.vocabulary import Mode
from app.embedded.data_dir_lock import write_private
from app.settings.settings import Settings
from app.store.people.first_operator import has_operator

KEYS = "keys.json"
ACCOUNT = "default"
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


def make_key(settings: Settings, mode: str) -> str:
    """Make a key of the default account; the live one brings the free credits."""
    from app.services import open_services  # noqa: PLC0415 - only the first start makes keys
    from app.usecases.accounts.manage_keys import ManageKeys  # noqa: PLC0415

    async def make() -> str:
        async with open_services(settings) as services:
            amount = FREE_CREDITS if mode == Mode.LIVE else 0
            return (await ManageKeys(services).create(account=ACCOUNT, mode=Mode(mode), amount=amount)).api_key

    return asyncio.run(make())


def make_claim(settings: Settings) -> str | None:
    """Make the path of the link by which the first operator enters; None when there is one."""
    if has_operator(settings.database_url or ""):
        return None
    from app.services import open_services  # noqa: PLC0415 - only a start without an operator makes a link
    from app.store.accounts import keys  # noqa: PLC0415
    from app.usecases.people.links import EntryLinks, LinkKind, link_path  # noqa: PLC0415

    async def make() -> str | None:
        async with open_services(settings) as services:
            async with services.read() as connection:
                account_id = await keys.account_named(connection, ACCOUNT)
            secret = await EntryLinks(services).claim(account_id)
            return link_path(LinkKind.CLAIM, secret) if secret else None

    return asyncio.run(make())


def kept_keys(data_dir: Path) -> ApiKeys | None:
    """Read the API keys that a data directory keeps; None where there are none."""
    try:
        return msgspec.json.decode((data_dir / KEYS).read_bytes(), type=ApiKeys)
    except (OSError, msgspec.DecodeError):
        return None


def announce(url: str, keys: ApiKeys, data_dir: Path, *, claim: str | None, as_json: bool) -> None:
    """Print the ready line; scripts rely on the form of the JSON.

    Args:
        url: Of the API and the app.
        keys: To be shown.
        data_dir: Where everything is.
        claim: The path of the link by which the first operator enters; None when there is one.
        as_json: Print it for scripts.
    """
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
