"""`leadrun secrets`: the key that seals webhook secrets is replaced here."""

import sys
from pathlib import Path

import click

from app.cli.output import fail, print_json
from app.cli.services import with_services
from app.usecases.webhooks.reencrypt_secrets import reencrypt_secrets


@click.group("secrets")
def secrets_group() -> None:
    """Look after what is sealed with LEADRUN_SECRET_KEY."""


@secrets_group.command("reseal")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Of the `leadrun up` whose database is meant.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def reseal_command(data_dir: Path | None, *, as_json: bool) -> None:
    """Seal webhook secrets and headers anew with the first key of LEADRUN_SECRET_KEY."""
    done = with_services(reencrypt_secrets, data_dir, as_json=as_json)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done.renewed} values are sealed with the first key now.")
    if done.locked:
        sys.exit(fail(f"{done.locked} values cannot be opened; add the key that sealed them", as_json=as_json))
