"""The Celery object, its queues, and the kick: a hint to the workers that runs are waiting."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import structlog
from celery import Celery
from kombu.exceptions import KombuError
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
    """Publishes kicks after commit, outside every request.

    Ids that come within two milliseconds share a message. A kick that fails is only counted: the rows are the truth and
    the sweep of every worker finds what nobody was told about.
    """

    def __init__(self, settings: Settings) -> None:
        """Connect at the first kick."""
        self._celery = make_celery(settings)
        self._waiting: dict[tuple[str, str], list[str]] = {}
        self._relay: asyncio.Task[None] | None = None

    def kick(self, cascade_ids: Iterable[UUID], lane: Lane) -> None:
        """Tell the workers to look at these cascades now; returns at once."""
        self._gather(TASK_ENRICH, lane.value, cascade_ids)

    def kick_deliveries(self, delivery_ids: Iterable[UUID]) -> None:
        """Tell the dispatchers to look at these deliveries now; returns at once."""
        self._gather(TASK_DELIVER, QUEUE_WEBHOOKS, delivery_ids)

    def _gather(self, task: str, queue: str, ids: Iterable[UUID]) -> None:
        texts = [str(i) for i in ids]
        if not texts:
            return
        self._waiting.setdefault((task, queue), []).extend(texts)
        if self._relay is None or self._relay.done():
            self._relay = asyncio.create_task(self._publish())

    async def _publish(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting, {}
            for (task, queue), ids in batch.items():
                for start in range(0, len(ids), MAX_IDS):
                    await self._send(task, queue, ids[start : start + MAX_IDS])

    async def _send(self, task: str, queue: str, ids: list[str]) -> None:
        try:
            await asyncio.to_thread(self._celery.send_task, task, args=[ids], queue=queue)
        except (KombuError, RedisError, OSError) as error:
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
