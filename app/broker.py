"""The Celery object, its queues, and the notifications: hints to the workers that work is waiting."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import structlog
from celery import Celery
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Transport
from redis.exceptions import RedisError

from app.domain.vocabulary import Lane
from app.metrics import WORKER_NOTIFICATIONS
from app.settings.settings import Settings

TASK_ENRICH = "leadrun.enrich"
TASK_DELIVER = "leadrun.deliver"
QUEUE_WEBHOOKS = "webhooks"
QUEUES = (Lane.INTERACTIVE.value, Lane.BULK.value, QUEUE_WEBHOOKS)
GATHER_SECONDS = 0.002
MAX_IDS = 50
SOCKET_TIMEOUT = 5

log = structlog.get_logger()


class SteadyTransport(Transport):
    """Kombu's transport, for which every error of Redis is a lost connection: the worker connects again and lives on.

    Kombu itself counts READONLY, OOM, NOAUTH, UNBLOCKED and their like as faults of a channel, with which a worker
    exits.
    """

    connection_errors = (*Transport.connection_errors, RedisError, RuntimeError)


# Of every form of the address; Kombu resolves a URL's scheme here and nowhere else.
TRANSPORT_ALIASES |= {
    scheme: f"{__name__}:{SteadyTransport.__name__}" for scheme, path in TRANSPORT_ALIASES.items() if ".redis:" in path
}


def make_celery(settings: Settings) -> Celery:
    """Configure Celery: sockets that notice a dead broker, less what leases make needless (late acks, redelivery)."""
    celery = Celery("leadrun", broker=settings.redis_address().for_celery())
    celery.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        broker_pool_limit=2,
        task_publish_retry=False,
        task_create_missing_queues=True,
        task_default_queue=Lane.INTERACTIVE.value,
        broker_transport_options={
            # A message is a hint; the lease in the database is what makes work safe, so nothing is put back.
            "ack_emulation": False,
            "socket_timeout": SOCKET_TIMEOUT,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "queue_order_strategy": "round_robin",
            "global_keyprefix": "leadrun:",
        },
    )
    return celery


class Broker:
    """Publish notifications after the commit, outside every request.

    Ids that come within two milliseconds share a message. A notification that fails is only counted: the rows are the
    truth, and every worker's recovery finds work that no notification announced.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare; the connection is made at the first notification."""
        self._celery = make_celery(settings)
        self._waiting: dict[str, list[str]] = {}
        self._relay: asyncio.Task[None] | None = None

    def notify(self, queue: str, ids: Iterable[UUID]) -> None:
        """Ask the processes behind a queue to look at cascades or deliveries now; returns at once.

        Args:
            queue: A lane, for the workers and ids of cascades, or `QUEUE_WEBHOOKS`, for the dispatchers and ids of
                deliveries.
            ids: Of committed rows.
        """
        texts = [str(i) for i in ids]
        if not texts:
            return
        self._waiting.setdefault(str(queue), []).extend(texts)
        if self._relay is None or self._relay.done():
            self._relay = asyncio.create_task(self._publish())

    async def _publish(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting, {}
            messages = [(q, ids[i : i + MAX_IDS]) for q, ids in batch.items() for i in range(0, len(ids), MAX_IDS)]
            for queue, ids in messages:
                task = TASK_DELIVER if queue == QUEUE_WEBHOOKS else TASK_ENRICH
                try:
                    await asyncio.to_thread(self._celery.send_task, task, args=[ids], queue=queue)
                except Exception as error:  # noqa: BLE001 - Kombu's and Redis' errors are of many kinds; all are the same here
                    WORKER_NOTIFICATIONS.labels(queue, "lost").inc()
                    log.warning("notification.lost", queue=queue, count=len(ids), error=type(error).__name__)
                else:
                    WORKER_NOTIFICATIONS.labels(queue, "sent").inc()

    async def close(self) -> None:
        """Send what is gathered, then disconnect."""
        if self._relay:
            with suppress(asyncio.CancelledError):
                await self._relay
        await asyncio.to_thread(self._celery.close)
