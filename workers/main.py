"""The entry point of a worker process: sets up logs, builds the worker, and lets Celery run it."""

import gc
import os
import sys
from collections.abc import Sequence

import structlog
from celery import Celery, signals
from prometheus_client import CollectorRegistry, start_http_server

from app.descriptors import raise_descriptor_limit
from app.logs import configure_logs
from app.metrics import ReadableFilesCollector
from app.serving import COLLECTING
from app.settings.settings import Settings, SettingsError
from app.store.database.schema_version import await_schema
from workers.celery_app import make_celery
from workers.event_loop import EventLoop
from workers.tasks import register
from workers.worker import Worker

log = structlog.get_logger()

# They only hand ids to the event loop.
THREADS = 4


def work(settings: Settings, queues: Sequence[str]) -> int:
    """Run one worker process until SIGTERM or SIGINT.

    Celery's own command line would import a prompt for people, and read variables and modules that are none of ours.

    Args:
        settings: All of them.
        queues: Of notifications, which it takes.

    Returns:
        The exit status.
    """
    configure_logs(settings.log_level, settings.log_format)
    # A thousand runs and more are at their vendors at once, each over a connection, and many systems allow 1,024.
    raise_descriptor_limit()
    await_schema(settings.database_url or "")
    worker = make_worker(settings).Worker(
        pool="threads",
        concurrency=THREADS,
        queues=list(queues),
        loglevel=settings.log_level.upper(),
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def make_worker(settings: Settings) -> Celery:
    """Build the Celery app of a worker."""
    celery = make_celery(settings)
    loop = EventLoop()
    worker = Worker(settings)
    register(celery, loop, worker)

    @signals.setup_logging.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def keep_logs(**_: object) -> None:
        """Stop Celery from installing its own handlers."""

    @signals.worker_init.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def open_worker(**_: object) -> None:
        """Connect before the first message, or end: Celery goes on after an error that it finds here."""
        try:
            loop.run(worker.open())
        except SettingsError as error:
            sys.exit(f"leadrun: {error}")
        except Exception:
            log.exception("worker.not_opened", remedy="the worker ends; its supervisor starts it again")
            sys.exit(1)
        if settings.metrics_port:
            _serve_metrics(settings.metrics_port)

    @signals.worker_ready.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def log_ready(**_: object) -> None:
        """Log that messages are consumed from now on; the supervisor waits for this line."""
        gc.freeze()  # these objects live as long as the process; collecting them costs tens of milliseconds each time
        gc.set_threshold(*COLLECTING)
        gc.enable()
        log.info("worker.ready")

    @signals.worker_shutdown.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def close_worker(**_: object) -> None:
        """Let running calls end, hand back the rest, and disconnect."""
        loop.run(worker.close())
        loop.close()

    return celery


def _serve_metrics(port: int) -> None:
    try:
        _open_metrics(port)
    except OSError as error:  # to be watched is not worth more than the work
        remedy = "set LEADRUN_METRICS_PORT to a free port"
        log.error("metrics.not_served", port=port, error=error.strerror, remedy=remedy)  # noqa: TRY400 - says it all


def _open_metrics(port: int) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        ReadableFilesCollector(registry)  # type: ignore[no-untyped-call] # has no types
        start_http_server(port, registry=registry)
    else:
        start_http_server(port)
