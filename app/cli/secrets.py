"""`leadrun secrets`: webhook secrets are encrypted again when LEADRUN_SECRET_KEY changes."""

import sys

import click

from app.cli.loading import installation_options
from app.cli.output import fail, json_option, print_json
from app.cli.services import with_services
from app.usecases.webhooks.reencrypt_secrets import reencrypt_secrets


@click.group("secrets")
def secrets_group() -> None:
    """Encrypt webhook secrets with another LEADRUN_SECRET_KEY."""


@secrets_group.command("reseal")
@json_option
@installation_options
def reseal_command(*, as_json: bool) -> None:
    """Encrypt webhook secrets and headers again, with the first key of LEADRUN_SECRET_KEY."""
    done = with_services(reencrypt_secrets, as_json=as_json)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done.renewed} values are encrypted with the first key now.")
    if done.locked:
        sys.exit(fail(f"{done.locked} values cannot be decrypted; add the key that encrypted them", as_json=as_json))
