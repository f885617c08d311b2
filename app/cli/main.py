"""The command line: `leadrun up`, one process each for compose, and what an operator looks at and sets."""

import os
import sys
from pathlib import Path

import click
import msgspec

from app.broker import QUEUE_WEBHOOKS, QUEUES
from app.cli.accounts import credits_group, keys_group, plans_group
from app.cli.listen import listen_command
from app.cli.output import fail, print_json, print_table
from app.cli.providers import providers_group
from app.cli.secrets import secrets_group
from app.domain.vocabulary import Lane
from app.embedded.up import up
from app.logs import configure_logs
from app.settings.settings import Settings, SettingsError, masked, read_settings
from app.store.database.engine import database_url
from app.store.database.migrate import upgrade

CELERY = (
    *("-m", "celery", "-A", "workers.main", "worker", "--pool", "threads", "--concurrency", "4"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
# A process that serves the bulk lane alone steps back for the others of its machine (POSIX nice).
BULK_NICE = 19


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    from app.api.server import serve  # noqa: PLC0415 - other commands need no web framework, and start faster

    settings = _settings()
    configure_logs(settings.log_level, settings.log_format)
    serve(settings, host or settings.host, settings.port if port is None else port)


@main.command("work")
@click.option("--lane", type=click.Choice([one.value for one in Lane]), help="Serve this lane alone (LEADRUN_LANES).")
def work_command(lane: str | None) -> None:
    """Run one worker process: cascades, deliveries and the sweep."""
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
    from app.sandbox.server import serve as serve_sandbox  # noqa: PLC0415 - as above

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


main.add_command(keys_group)
main.add_command(credits_group)
main.add_command(plans_group)
main.add_command(providers_group)
main.add_command(secrets_group)
main.add_command(listen_command)

if __name__ == "__main__":
    main()
