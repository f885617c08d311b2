"""`leadrun secrets`: the key that seals webhook secrets is replaced here."""

import sys

import click

from app.cli.loading import installation_options
from app.cli.output import fail, json_option, print_json
from app.cli.services import with_services
from app.usecases.webhooks.reencrypt_secrets import reencrypt_secrets


@click.group("secrets")
def secrets_group() -> None:
    """Look after what is sealed with LEADRUN_SECRET_KEY."""


@secrets_group.command("reseal")
@json_option
@installation_options
def reseal_command(*, as_json: bool) -> None:
    """Seal webhook secrets and headers anew with the first key of LEADRUN_SECRET_KEY."""
    done = with_services(reencrypt_secrets, as_json=as_json)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done.renewed} values are sealed with the first key now.")
    if done.locked:
        sys.exit(fail(f"{done.locked} values cannot be opened; add the key that sealed them", as_json=as_json))
