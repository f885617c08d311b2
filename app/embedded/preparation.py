"""Prepare the database of a `leadrun up`: migrate it, and make the keys and the link that the ready line shows.

This is a process of its own, which ends when it is done: `up` itself never holds the libraries that this takes.
"""

import asyncio
import os

import click
import msgspec

from app.domain.errors import UnauthenticatedError
from app.domain.vocabulary import Mode
from app.embedded.credentials import FREE_CREDITS, ApiKeys, ReadyCredentials, keep_keys, kept_keys
from app.logs import configure_logs
from app.services import Services, open_services
from app.settings.reading import read_settings
from app.settings.settings import Settings
from app.store.accounts import keys
from app.store.database.schema_version import is_newest
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.people.links import EntryLinks, LinkKind, link_path

ACCOUNT = "default"


async def make_credentials(settings: Settings) -> ReadyCredentials:
    """Make the API keys that are missing or unknown to the database, and the link where nobody is operator."""
    kept = kept_keys(settings.data_dir) or ApiKeys(api_key="", test_key="")
    async with open_services(settings) as services:
        made = ApiKeys(
            api_key=await _key(services, kept.api_key, Mode.LIVE),
            test_key=await _key(services, kept.test_key, Mode.TEST),
        )
        if made != kept:
            keep_keys(settings.data_dir, made)
        async with services.read() as connection:
            account_id = await keys.account_named(connection, ACCOUNT)
        secret = await EntryLinks(services).claim(account_id)
    return ReadyCredentials(keys=made, claim=link_path(LinkKind.CLAIM, secret) if secret else None)


async def _key(services: Services, kept: str, mode: Mode) -> str:
    """Return a key that the database knows, else make one of the default account; the live one brings credits."""
    try:
        await Authenticator(services)(kept)
    except UnauthenticatedError:
        amount = FREE_CREDITS if mode is Mode.LIVE else 0
        return (await ManageKeys(services).create(account=ACCOUNT, mode=mode, amount=amount)).api_key
    return kept


def main() -> None:
    """Prepare, and write the result to the standard output as JSON."""
    settings = read_settings(os.environ)
    configure_logs(settings.log_level, settings.log_format)
    if not is_newest(settings.database_url or ""):
        # Alembic takes longer to import than most starts have for the whole preparation.
        from app.store.database.migrate import upgrade  # noqa: PLC0415

        upgrade(settings.database_url or "")
    click.echo(msgspec.json.encode(asyncio.run(make_credentials(settings))))


if __name__ == "__main__":
    main()
