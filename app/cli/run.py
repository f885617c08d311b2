"""`leadrun up`, and its processes one by one for compose: serve, work, migrate, sandbox."""

# ruff: noqa: PLC0415 - each command imports what it runs after the settings are checked, and others start faster

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click

from app.cli.loading import env_file_option, load_or_end
from app.cli.output import fail
from app.domain.vocabulary import Lane
from app.logs import configure_logs

# A process that serves the bulk lane alone steps back for the others of its machine (POSIX nice).
BULK_NICE = 19


@click.command("up")
@click.option("--host", help="Address the API listens on (LEADRUN_HOST, 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the API (LEADRUN_PORT, 8000); 0 takes a free one.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where everything is kept (LEADRUN_DATA_DIR).")
@env_file_option
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON, for scripts.")
def up_command(host: str | None, port: int | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Run everything: databases, migrations, API, worker and sandbox; Ctrl-C ends it all."""
    loaded = load_or_end(host=host, port=port, data_dir=data_dir)
    from app.embedded.up import up

    sys.exit(up(loaded, as_json=as_json))


@click.command("serve")
@click.option("--host", help="Address to listen on (LEADRUN_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (LEADRUN_PORT).")
@env_file_option
def serve_command(host: str | None, port: int | None) -> None:
    """Run one API process."""
    gc.disable()  # nothing of what is imported can be freed, and to look for it takes a part of the start
    settings = load_or_end(servers=True, host=host, port=port).settings
    from app.api.server import serve
    from app.front import make_front
    from app.store.database.schema_version import await_schema

    configure_logs(settings.log_level, settings.log_format)
    await_schema(settings.database_url or "")
    serve(settings, settings.host, settings.port, make_front)


@click.command("work")
@click.option("--lane", type=click.Choice([one.value for one in Lane]), help="Serve this lane alone (LEADRUN_LANES).")
@env_file_option
def work_command(lane: str | None) -> None:
    """Run one worker process: cascades, deliveries and recovery."""
    gc.disable()  # as for an API process
    settings = load_or_end(servers=True, lanes=lane).settings
    from app.broker import queues_of

    if settings.lanes == (Lane.BULK.value,):
        step_back()
    # By its name, since the workers import this package.
    sys.exit(import_module("workers.main").work(settings, queues_of(settings.lanes)))


def step_back() -> None:
    """Lower the priority of this process for the others of its machine.

    Linux shares the processor among sessions first, and between them only the session's own nice level counts
    (sched(7), "The autogroup feature"); a process that leads its session sets that as well.
    """
    os.nice(BULK_NICE)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # no such feature here, or not allowed
            Path("/proc/self/autogroup").write_text(str(BULK_NICE))


@click.command("migrate")
@env_file_option
def migrate_command() -> None:
    """Bring the database to the newest schema; safe to repeat and to run twice."""
    settings = load_or_end(database=True).settings
    from sqlalchemy.exc import SQLAlchemyError

    from app.store.database.migrate import upgrade

    configure_logs(settings.log_level, settings.log_format)
    try:
        upgrade(settings.database_url or "")
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        sys.exit(fail(f"the database cannot be migrated: {cause}; check LEADRUN_DATABASE_URL and that it runs"))
    click.echo("The database has the newest schema.")


@click.command("sandbox")
@click.option("--host", help="Address to listen on (LEADRUN_HOST).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@env_file_option
def sandbox_command(host: str | None, port: int) -> None:
    """Run the sandbox: made-up providers for test-mode keys."""
    settings = load_or_end(host=host).settings
    from app.sandbox.server import serve as serve_sandbox

    configure_logs(settings.log_level, settings.log_format)
    serve_sandbox(settings, settings.host, port)
