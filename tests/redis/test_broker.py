"""Notifications: the messages are those that Celery itself would send, and its worker runs them."""

import json
import threading
from base64 import b64decode
from typing import Any
from uuid import UUID

import pytest
from celery.contrib.testing.worker import start_worker
from prometheus_client import REGISTRY

from app.broker import KEY_PREFIX, QUEUES, TASK_DELIVER, TASK_ENRICH, Broker
from app.redis.client import open_redis
from app.services import uuid7
from app.settings.settings import Settings
from workers.celery_app import make_celery

PATIENCE = 30.0
# Of each message alone.
OWN = ("id", "root_id", "correlation_id", "delivery_tag")
TASKS = {queue: TASK_DELIVER if queue == "webhooks" else TASK_ENRICH for queue in QUEUES}


def new_id() -> UUID:
    return uuid7(0)


async def notified(settings: Settings, queue: str, ids: list[Any]) -> None:
    async with open_redis(settings) as redis:
        broker = Broker(redis)
        broker.notify(queue, ids)
        await broker.close()


async def messages(settings: Settings, queue: str) -> list[dict[str, Any]]:
    async with open_redis(settings) as redis:
        return [json.loads(one) for one in await redis.lrange(KEY_PREFIX + queue, 0, -1)]


@pytest.mark.parametrize("queue", QUEUES)
async def test_a_message_is_what_celery_itself_sends(settings: Settings, queue: str) -> None:
    first, second = new_id(), new_id()
    await notified(settings, queue, [first, second])
    celery = make_celery(settings)
    with celery:
        celery.send_task(TASKS[queue], args=[[str(first), str(second)]], queue=queue)
    theirs, ours = await messages(settings, queue)
    assert ours.keys() == theirs.keys()
    assert json.loads(b64decode(ours["body"])) == json.loads(b64decode(theirs["body"]))
    for part in ("headers", "properties"):
        for name, value in ours[part].items():
            assert name in theirs[part]
            assert name in OWN or value == theirs[part][name], name
    assert ours["headers"]["id"] == ours["headers"]["root_id"] == ours["properties"]["correlation_id"]
    assert {name: ours[name] for name in ("content-type", "content-encoding")} == {
        name: theirs[name] for name in ("content-type", "content-encoding")
    }


async def test_a_worker_of_celery_runs_each_message_once_with_its_queue(settings: Settings) -> None:
    celery = make_celery(settings)
    ran: list[tuple[list[str], str]] = []
    over = threading.Event()

    @celery.task(name=TASK_ENRICH, bind=True, shared=False)  # type: ignore[untyped-decorator] # Celery has no types
    def enrich(self: Any, ids: list[str]) -> None:
        ran.append((ids, self.request.delivery_info["routing_key"]))
        if len(ran) == 3:
            over.set()

    ids = [new_id() for _ in range(60)]
    await notified(settings, "interactive", ids)
    await notified(settings, "bulk", ids[:1])
    with start_worker(
        celery,
        pool="solo",
        perform_ping_check=False,
        shutdown_timeout=2 * PATIENCE,
        queues=["interactive", "bulk"],
    ):
        assert over.wait(PATIENCE)
    texts = [str(one) for one in ids]
    assert sorted(ran) == sorted([(texts[:50], "interactive"), (texts[50:], "interactive"), (texts[:1], "bulk")])
    assert await messages(settings, "interactive") == await messages(settings, "bulk") == []


async def test_ids_of_one_turn_share_a_message(settings: Settings) -> None:
    ids = [new_id() for _ in range(3)]
    async with open_redis(settings) as redis:
        broker = Broker(redis)
        for one in ids:
            broker.notify("bulk", [one])
        await broker.close()
    [message] = await messages(settings, "bulk")
    assert json.loads(b64decode(message["body"]))[0] == [[str(one) for one in ids]]


async def test_a_notification_that_is_lost_is_counted() -> None:
    def lost() -> float:
        labels = {"queue": "bulk", "state": "lost"}
        return REGISTRY.get_sample_value("leadrun_worker_notifications_total", labels) or 0.0

    before = lost()
    await notified(Settings(redis_url="unix:///nowhere/redis.sock"), "bulk", [new_id()])
    assert lost() == before + 1
