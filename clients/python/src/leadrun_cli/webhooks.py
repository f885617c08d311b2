"""`leadrun webhooks`: where events go, what became of them, and sending one again."""

from itertools import islice

import click

from leadrun_cli import profiles
from leadrun_cli.output import fails, json_option, print_json, print_table, say
from leadrun_cli.profiles import profile_option


@click.group("webhooks")
def webhooks_group() -> None:
    """Show endpoints and deliveries, and send one again."""


@webhooks_group.command("endpoints")
@json_option
@profile_option
@fails
def endpoints_command(*, as_json: bool) -> None:
    """Show the URLs that get events."""
    with profiles.connect() as client:
        endpoints = client.endpoints()
    if as_json:
        print_json([one.raw for one in endpoints])
        return
    rows = [
        (one.id, one.url, "yes" if one.enabled else "no", ", ".join(one.events), one.description) for one in endpoints
    ]
    print_table(("endpoint", "url", "enabled", "events", "description"), rows)


@webhooks_group.command("deliveries")
@click.option("--state", type=click.Choice(["pending", "delivered", "failed"]))
@click.option("--run", "run_id", metavar="RUN", help="Only deliveries of this run.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Deliveries to show.")
@json_option
@profile_option
@fails
def deliveries_command(state: str | None, run_id: str | None, limit: int, *, as_json: bool) -> None:
    """Show deliveries, newest first."""
    with profiles.connect() as client:
        found = list(islice(client.deliveries(state=state, run_id=run_id, page_size=min(limit, 100)), limit))
    if as_json:
        print_json([one.raw for one in found])
        return
    rows = [(one.id, one.event, one.state, one.try_count, one.url, one.reason) for one in found]
    print_table(("delivery", "event", "state", "tries", "url", "reason"), rows)


@webhooks_group.command("redeliver")
@click.argument("delivery_id")
@json_option
@profile_option
@fails
def redeliver_command(delivery_id: str, *, as_json: bool) -> None:
    """Send a delivery again."""
    with profiles.connect() as client:
        delivery = client.redeliver(delivery_id)
    if as_json:
        print_json(delivery.raw)
    else:
        say(f"It is sent again: {delivery.id} to {delivery.url}.")
