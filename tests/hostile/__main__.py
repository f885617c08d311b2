"""Attack a running API: `python -m tests.hostile --url URL --key KEY --pid PID`, or one of its own without these."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.settings.settings import Settings
from app.store.database import migrate
from tests.hostile.campaign import MIB, Report, run
from tests.hostile.families import Target
from tests.hostile.standing import standing


@click.command()
@click.option("--seconds", type=click.FloatRange(1), default=60.0, show_default=True, help="How long.")
@click.option("--url", help="Where the API listens; it starts one with databases of its own unless this is given.")
@click.option("--key", help="A key of that API; its account is filled with rubbish.")
@click.option("--pid", type=int, help="Process id of that API, on this machine.")
@click.option(
    "--health-ms", type=float, default=250.0, show_default=True, help="Of its CPU, that another client may wait."
)
@click.option("--memory-mib", type=int, default=64, show_default=True, help="How much the process may grow.")
def main(
    *, seconds: float, url: str | None, key: str | None, pid: int | None, health_ms: float, memory_mib: int
) -> None:
    """Attack an API with all families at once, and say what it bore."""

    def attack(target: Target, process: int) -> Report:
        return run(target, process, seconds=seconds, health=health_ms / 1000, memory=memory_mib * MIB)

    if url and key and pid:
        report = attack(Target(url=url, key=key), pid)
    elif url or key or pid:
        raise click.UsageError("give --url, --key and --pid together, or none of them")
    else:
        report = _alone(attack)
    for line in report.lines():
        click.echo(line)
    sys.exit(bool(report.problems))


def _alone(attack: Callable[[Target, int], Report]) -> Report:
    path = Path(tempfile.mkdtemp(prefix="leadrun-hostile-"))
    path.chmod(0o711)
    guard = Watchdog(path / "guard")
    servers = start_servers(path, guard, durable=False)
    assert servers.postgres
    assert servers.valkey
    try:
        migrate.upgrade(servers.postgres.url)
        with standing(Settings(database_url=servers.postgres.url, redis_url=servers.valkey.url)) as (target, pid):
            return attack(target, pid)
    finally:
        servers.stop()
        guard.close()
        shutil.rmtree(path)


if __name__ == "__main__":
    main()
