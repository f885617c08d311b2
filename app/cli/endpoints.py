"""`leadrun endpoints`: the webhook endpoints of all accounts, with the keys that made them."""

from uuid import UUID

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.usecases.webhooks.manage_endpoints import ManageEndpoints


@click.group("endpoints")
def endpoints_group() -> None:
    """List and remove webhook endpoints, with the keys that made them."""


@endpoints_group.command("list")
@click.option("--account", help="Only this account's.")
@click.option("--key", "key_id", type=click.UUID, help="Only those that the key of this id made.")
@json_option
@installation_options
def list_endpoints(account: str | None, key_id: UUID | None, *, as_json: bool) -> None:
    """List endpoints, the oldest first."""
    found = with_services(lambda services: ManageEndpoints(services).everywhere(account, key_id), as_json=as_json)
    names = ("id", "account_id", "mode", "url", "enabled", "key_id", "created_at")
    if as_json:
        print_json({"endpoints": [{name: getattr(one, name) for name in names} for one in found]})
        return
    print_table(names, [[getattr(one, name) for name in names] for one in found])


@endpoints_group.command("remove")
@click.argument("endpoint_id", type=click.UUID)
@json_option
@installation_options
def remove(endpoint_id: UUID, *, as_json: bool) -> None:
    """Remove an endpoint; what waits for it ends, its deliveries stay."""
    with_services(lambda services: ManageEndpoints(services).remove(endpoint_id), as_json=as_json)
    if as_json:
        print_json({"id": endpoint_id, "removed": True})
    else:
        click.echo("Removed.")
