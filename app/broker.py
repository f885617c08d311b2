"""The queues, and the notifications: hints to the workers that work is waiting."""

import asyncio
import base64
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.domain.vocabulary import Lane
from app.metrics import WORKER_NOTIFICATIONS

TASK_ENRICH = "leadrun.enrich"
TASK_DELIVER = "leadrun.deliver"
QUEUE_WEBHOOKS = "webhooks"
QUEUES = (Lane.INTERACTIVE.value, Lane.BULK.value, QUEUE_WEBHOOKS)
KEY_PREFIX = "leadrun:"
MAX_IDS = 50

log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


def queues_of(lanes: Sequence[str]) -> list[str]:
    """Return the queues that a worker of these lanes serves: deliveries as well, unless bulk work alone is its own."""
    alone = tuple(lanes) == (Lane.BULK.value,)
    return [queue for queue in QUEUES if queue in lanes or (queue == QUEUE_WEBHOOKS and not alone)]


class Broker:
    """Publish notifications after the commit, outside every request.

    Ids that come in one turn of the event loop, or while a message is on its way, share a message. A notification that
    fails is only counted: the rows are the truth, and every worker's recovery finds work that no notification
    announced.
    """

    def __init__(self, redis: Redis) -> None:
        """Keep the connection of the process."""
        self._redis = redis
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
            await asyncio.sleep(0)
            gathered, self._waiting = self._waiting, {}
            for queue, ids in gathered.items():
                messages = [celery_message(queue, ids[i : i + MAX_IDS]) for i in range(0, len(ids), MAX_IDS)]
                try:
                    await self._redis.lpush(KEY_PREFIX + queue, *messages)
                except RedisError as error:
                    WORKER_NOTIFICATIONS.labels(queue, "lost").inc(len(messages))
                    log.warning("notification.lost", queue=queue, count=len(ids), error=type(error).__name__)
                else:
                    WORKER_NOTIFICATIONS.labels(queue, "sent").inc(len(messages))

    async def close(self) -> None:
        """Send what is gathered."""
        if self._relay:
            with suppress(asyncio.CancelledError):
                await self._relay


def celery_message(queue: str, ids: Sequence[str]) -> bytes:
    """Write a call of a queue's task as Celery's workers read it from Redis.

    Its task protocol, version 2 (Celery's manual, "Message Protocol"), in Kombu's envelope for virtual transports. Made
    by Celery itself it costs 400 µs of a thread that holds up all requests; a test compares both.
    """
    task = TASK_DELIVER if queue == QUEUE_WEBHOOKS else TASK_ENRICH
    task_id = secrets.token_hex(16)
    body = _encode([[ids], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    return _encode(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {
                "lang": "py",
                "task": task,
                "id": task_id,
                "root_id": task_id,
                "parent_id": None,
                "group": None,
                "retries": 0,
                "timelimit": [None, None],
            },
            "properties": {
                "correlation_id": task_id,
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "delivery_tag": task_id,
                "priority": 0,
                "body_encoding": "base64",
            },
        }
    )
