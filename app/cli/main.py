"""The command line: `leadrun up`, one process each for compose, and what an operator looks at and sets."""

# ruff: noqa: PLC0415 - each command imports what it needs, so that the processes of `leadrun up` start quickly

import os
import sys
from importlib import import_module
from pathlib import Path

import click
import msgspec

from app.cli.output import fail, print_json, print_table
from app.domain.vocabulary import Lane
from app.settings.settings import Settings, SettingsError, masked, read_settings

CELERY = (
    *("-m", "celery", "-A", "workers.main", "worker", "--pool", "threads", "--concurrency", "4"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
# A process that serves the bulk lane alone steps back for the others of its machine (POSIX nice).
BULK_NICE = 19

# The commands of other modules, which are imported when one of them is called.
ELSEWHERE = {
    "keys": "app.cli.accounts:keys_group",
    "credits": "app.cli.accounts:credits_group",
    "plans": "app.cli.accounts:plans_group",
    "providers": "app.cli.providers:providers_group",
    "secrets": "app.cli.secrets:secrets_group",
    "listen": "app.cli.listen:listen_command",
}


class LazyGroup(click.Group):
    """A group that imports a command of another module when it is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the documents."""
        return [*self.commands, *(name for name in ELSEWHERE if name not in self.commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None when there is none of this name."""
        if cmd_name in ELSEWHERE and cmd_name not in self.commands:
            module, _, attribute = ELSEWHERE[cmd_name].partition(":")
            self.add_command(getattr(import_module(module), attribute), cmd_name)
        return super().get_command(ctx, cmd_name)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadrun")
def main() -> None:
    """Self-hosted contact enrichment: one API over many e-mail and phone finders."""


@main.command("up")
@click.option("--host", help="Address the API listens on (LEADRUN_HOST, 127.0.0.1).")
@click.option("--port", type=int, help="Port of the API (LEADRUN_PORT, 8000); 0 takes a free one.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where everything is kept (LEADRUN_DATA_DIR).")
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON, for scripts.")
def up_command(host: str | None, port: int | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Run everything: databases, migrations, API, worker and sandbox; Ctrl-C ends it all."""
    from app.embedded.up import up

    settings = _settings()
    sys.exit(
        up(
            host=host or settings.host,
            port=settings.port if port is None else port,
            data_dir=data_dir or settings.data_dir,
            as_json=as_json,
            environ=os.environ,
        )
    )


@main.command("serve")
@click.option("--host", help="Address to listen on (LEADRUN_HOST).")
@click.option("--port", type=int, help="Port to listen on (LEADRUN_PORT).")
def serve_command(host: str | None, port: int | None) -> None:
    """Run one API process."""
    from app.api.server import serve
    from app.logs import configure_logs

    settings = _settings()
    configure_logs(settings.log_level, settings.log_format)
    serve(settings, host or settings.host, settings.port if port is None else port)


@main.command("work")
@click.option("--lane", type=click.Choice([one.value for one in Lane]), help="Serve this lane alone (LEADRUN_LANES).")
def work_command(lane: str | None) -> None:
    """Run one worker process: cascades, deliveries and the sweep."""
    from app.broker import QUEUE_WEBHOOKS, QUEUES
    from app.store.database.engine import database_url

    if lane:
        os.environ["LEADRUN_LANES"] = lane
    settings = _settings()
    try:
        database_url(settings)
    except SettingsError as error:
        sys.exit(fail("; ".join(error.problems)))
    queues = [queue for queue in QUEUES if queue in settings.lanes or queue == QUEUE_WEBHOOKS]
    if settings.lanes == (Lane.BULK.value,):
        os.nice(BULK_NICE)
        queues.remove(QUEUE_WEBHOOKS)
    arguments = [*CELERY, "--queues", ",".join(queues), "--loglevel", settings.log_level]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - becomes the worker


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema; safe to repeat and to run twice at once."""
    from app.logs import configure_logs
    from app.store.database.engine import database_url
    from app.store.database.migrate import upgrade

    settings = _settings()
    configure_logs(settings.log_level, settings.log_format)
    try:
        upgrade(database_url(settings))
    except SettingsError as error:
        sys.exit(fail("; ".join(error.problems)))
    click.echo("The database has the newest schema.")


@main.command("sandbox")
@click.option("--host", help="Address to listen on (LEADRUN_HOST).")
@click.option("--port", type=int, default=8001, show_default=True, help="Port to listen on; 0 takes a free one.")
def sandbox_command(host: str | None, port: int) -> None:
    """Run the sandbox: made-up providers for test-mode keys."""
    from app.logs import configure_logs
    from app.sandbox.server import serve as serve_sandbox

    settings = _settings()
    configure_logs(settings.log_level, settings.log_format)
    serve_sandbox(settings, host or settings.host, port)


@main.command("config")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def config_command(*, as_json: bool) -> None:
    """Show the effective settings, secrets masked."""
    shown = masked(_settings())
    if as_json:
        print_json(shown)
        return
    print_table(
        ("setting", "value"),
        [(f"LEADRUN_{name.upper()}", _plain(value)) for name, value in shown.items() if name != "providers"],
    )
    providers = shown["providers"]
    if isinstance(providers, dict) and providers:
        print_table(("provider", "value"), [(slug, _plain(value)) for slug, value in providers.items()])


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _settings() -> Settings:
    """Read the settings or end, with every problem on a line of its own."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            fail(problem)
        sys.exit(2)


if __name__ == "__main__":
    main()
