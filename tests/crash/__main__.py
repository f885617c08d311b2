"""``python -m tests.crash --kills 500`` and ``… w2``: the campaigns at full size, on databases of their own."""

import asyncio
import os
import secrets
import sys
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path

import click
import msgspec

from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.settings.settings import Settings
from app.store.database import migrate
from tests.crash import w2
from tests.crash.campaign import Outcome, fight


@click.group(invoke_without_command=True)
@click.option("--kills", type=click.IntRange(min=1), default=500, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--dispatchers", type=click.IntRange(min=1), default=2, show_default=True)
@click.pass_context
def main(context: click.Context, *, kills: int, seed: int, dispatchers: int) -> None:
    """Kill dispatchers under load; ends with 1 when anything was lost, exceeded or not to be known as a repeat."""
    if context.invoked_subcommand:
        return
    with tempfile.TemporaryDirectory(prefix="leadrun-campaign-", ignore_cleanup_errors=True) as directory:
        path = Path(directory)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        guard = Watchdog(path / "guard")
        servers = start_servers(path, guard, durable=True)
        try:
            assert servers.postgres
            assert servers.valkey
            settings = Settings(
                database_url=servers.postgres.url,
                redis_url=servers.valkey.url,
                secret_key=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            )
            migrate.upgrade(servers.postgres.url)
            outcome = asyncio.run(fight(settings, kills=kills, seed=seed, dispatchers=dispatchers))
        finally:
            servers.stop()
            guard.close()
    _tell(outcome)


@main.command("w2")
@click.option("--runs", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--kills", type=click.IntRange(min=0), default=5, show_default=True)
@click.option("--flushes", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def whole_stack(*, runs: int, kills: int, flushes: int, seed: int) -> None:
    """Kill workers and empty Redis under a whole `leadrun up`; ends with 1 when an event did not arrive as promised."""
    with tempfile.TemporaryDirectory(prefix="leadrun-w2-", ignore_cleanup_errors=True) as directory:
        path = Path(directory)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        _tell(asyncio.run(w2.fight(path / "data", runs=runs, kills=kills, flushes=flushes, seed=seed)))


def _tell(outcome: Outcome | w2.Outcome) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(outcome)).decode())
    click.echo(f"{outcome.repeats / outcome.requests:.2%} of the requests repeated what had been taken already.")
    sys.exit(0 if outcome.holds else 1)


if __name__ == "__main__":
    main()
