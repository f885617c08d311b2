"""The entry point of ``celery -A workers.main``: reads settings, sets up logs, and builds the worker."""

import gc
import os
import sys

import structlog
from celery import Celery, signals
from prometheus_client import CollectorRegistry, start_http_server

from app.logs import configure_logs
from app.metrics import ReadableFilesCollector
from app.settings.foreign import drop_foreign
from app.settings.reading import read_settings
from app.settings.settings import SettingsError
from workers.celery_app import make_celery
from workers.event_loop import EventLoop
from workers.tasks import register
from workers.worker import Worker

log = structlog.get_logger()

# A thousand cascades under way are alive, so looking through them after each 700 new objects (Python's default) finds
# nothing, and took a tenth of the worker's CPU.
COLLECTING = (10_000, 20, 50)


def make_worker() -> Celery:
    """Build the Celery app of a worker worker; exit with a sentence for each wrong setting."""
    drop_foreign(os.environ)
    try:
        settings = read_settings(os.environ)
        celery = make_celery(settings)
    except SettingsError as error:
        sys.exit("\n".join(f"leadrun: {problem}" for problem in error.problems))
    configure_logs(settings.log_level, settings.log_format)
    loop = EventLoop()
    worker = Worker(settings)
    register(celery, loop, worker)

    @signals.setup_logging.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def keep_logs(**_: object) -> None:
        """Stop Celery from installing its own handlers."""

    @signals.worker_init.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def open_worker(**_: object) -> None:
        """Connect before the first message."""
        loop.run(worker.open())
        if settings.metrics_port:
            _serve_metrics(settings.metrics_port)

    @signals.worker_ready.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def log_ready(**_: object) -> None:
        """Log that messages are consumed from now on; the supervisor waits for this line."""
        gc.freeze()  # these objects live as long as the process; collecting them costs tens of milliseconds each time
        gc.set_threshold(*COLLECTING)
        log.info("worker.ready")

    @signals.worker_shutdown.connect(weak=False)  # type: ignore[untyped-decorator] # Celery has no types
    def close_worker(**_: object) -> None:
        """Let running calls end, hand back the rest, and disconnect."""
        loop.run(worker.close())
        loop.close()

    return celery


def _serve_metrics(port: int) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        ReadableFilesCollector(registry)  # type: ignore[no-untyped-call] # has no types
        start_http_server(port, registry=registry)
    else:
        start_http_server(port)


app = make_worker()
