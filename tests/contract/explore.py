"""``python -m tests.contract.explore --minutes 10``: the state machine with ever new examples, on its own servers."""

import os
import secrets
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import hypothesis
import msgspec
from hypothesis.stateful import run_state_machine_as_test

from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.logs import configure_logs
from app.settings.settings import Settings
from app.store.database import migrate
from tests.contract.machine import Service
from tests.contract.standing import Standing, standing

# Of a round, which draws its examples from a seed of its own; time is looked at in between.
EXAMPLES = 5


def play(stood: Standing, *, examples: int, steps: int, seed: int | None = None) -> None:
    """Let clients do whatever they may, and compare the service with the model after every step.

    Args:
        stood: The service.
        examples: How often to begin again.
        steps: Of an example, at most.
        seed: What the examples are drawn from; None leaves it to the profile.

    Raises:
        AssertionError: They disagree; its notes give the shortest way that was found to it.
    """

    class Clients(Service):
        """They know where the service is."""

        def __init__(self) -> None:
            super().__init__(stood)

    how = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    machine = Clients if seed is None else hypothesis.seed(seed)(Clients)
    run_state_machine_as_test(machine, settings=how)


@contextmanager
def _settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="leadrun-explore-", ignore_cleanup_errors=True) as directory:
        path = Path(directory)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        guard = Watchdog(path / "guard")
        servers = start_servers(path, guard, durable=False)
        try:
            assert servers.postgres
            assert servers.valkey
            migrate.upgrade(servers.postgres.url)
            yield Settings(
                database_url=servers.postgres.url,
                redis_url=servers.valkey.url,
                secret_key=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            )
        finally:
            servers.stop()
            guard.close()


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0), default=10.0, show_default=True)
@click.option("--steps", type=click.IntRange(min=1), default=60, show_default=True, help="Of an example, at most.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the first round; each takes the next.")
def main(*, minutes: float, steps: int, seed: int) -> None:
    """Explore for a while; ends with 1, and the shortest way to it, when service and model disagree."""
    configure_logs("warning", "text")
    with _settings() as settings, standing(settings) as stood:
        began, rounds = time.monotonic(), 0
        while not rounds or time.monotonic() - began < 60 * minutes:
            try:
                play(stood, examples=EXAMPLES, steps=steps, seed=seed + rounds)
            except BaseException:
                click.echo(
                    f"Round {rounds + 1}; again with --minutes 0 --steps {steps} --seed {seed + rounds}:", err=True
                )
                raise
            rounds += 1
            click.echo(f"{rounds} rounds, {stood.seen['steps']} steps, {time.monotonic() - began:.0f} s", err=True)
        taken = {"seconds": round(time.monotonic() - began), "rounds": rounds, **dict(stood.seen.most_common())}
    click.echo(msgspec.json.format(msgspec.json.encode(taken)).decode())


if __name__ == "__main__":
    main()
