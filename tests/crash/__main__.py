"""``python -m tests.crash --kills 500``: the campaign at full size, on databases of its own; prints what came of it."""

import asyncio
import os
import secrets
import sys
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path

import click
import msgspec

from app.config import Settings
from app.embedded.guardian import Guard
from app.embedded.servers import start_servers
from app.store import migrate
from tests.crash.campaign import fight


@click.command()
@click.option("--kills", type=click.IntRange(min=1), default=500, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--dispatchers", type=click.IntRange(min=1), default=2, show_default=True)
def main(*, kills: int, seed: int, dispatchers: int) -> None:
    """Kill dispatchers under load; ends with 1 when anything was lost, exceeded or not to be known as a repeat."""
    with tempfile.TemporaryDirectory(prefix="leadrun-campaign-", ignore_cleanup_errors=True) as directory:
        path = Path(directory)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        guard = Guard(path / "guard")
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
    click.echo(msgspec.json.format(msgspec.json.encode(outcome)).decode())
    click.echo(f"{outcome.repeats / outcome.requests:.2%} of the requests repeated what had been taken already.")
    sys.exit(0 if outcome.holds else 1)


if __name__ == "__main__":
    main()
