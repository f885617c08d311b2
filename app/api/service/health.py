"""Health and metrics for operators: without a key, and without secrets."""

import asyncio
import os
from collections.abc import Awaitable
from typing import Literal

import structlog
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.api.http.dependencies import Dependencies, dependencies_of
from app.api.http.errors import problem_answer
from app.api.http.request_context import AnyRequest, context_of
from app.api.http.responses import Answer, json_answer
from app.api.openapi.operation import DocumentedResponse, public_operation
from app.domain.errors import UnavailableError
from app.domain.vocabulary import Lane
from app.metrics import ReadableFilesCollector
from app.redis.client import cause_of
from app.store.database.connection import answer_within
from app.store.database.facts import check_writes
from app.store.waterfall.statistics import Backlog, backlog

BUDGET_SECONDS = 1.0
State = Literal["up", "down"]
UP: State = "up"
DOWN: State = "down"

log = structlog.get_logger()


class LiveBody(Struct, kw_only=True):
    """The process answers."""

    status: Literal["live"]


class ReadyBody(Struct, kw_only=True):
    """Postgres and Redis answer."""

    status: Literal["ready"]
    checks: dict[str, State]


@public_operation("GET", "/health/live", answers={200: DocumentedResponse(description="It does.", schema=LiveBody)})
async def live(_request: AnyRequest) -> Answer:
    """Return whether the process answers."""
    return json_answer(LiveBody(status="live"))


@public_operation(
    "GET",
    "/health/ready",
    answers={200: DocumentedResponse(description="They do.", schema=ReadyBody)},
    refuses=(UnavailableError,),
)
async def ready(request: AnyRequest) -> Answer:
    """Return whether Postgres and Redis answer, and take writes.

    Each has a second.
    """
    dependencies = dependencies_of(request.scope)
    database, redis = await asyncio.gather(_check(_ask_database(dependencies)), _check(_ask_redis(dependencies)))
    checks = {"database": database, "redis": redis}
    down = [name for name, state in checks.items() if state == DOWN]
    if not down:
        return json_answer(ReadyBody(status="ready", checks=checks))
    return problem_answer(
        UnavailableError(" and the ".join(down)),
        path=request.scope["path"],
        request_id=context_of(request.scope).request_id,
        more={"checks": checks},
    )


async def _check(asking: Awaitable[None]) -> State:
    try:
        async with asyncio.timeout(BUDGET_SECONDS):
            await asking
    except Exception as error:  # noqa: BLE001 - whatever it is, the server cannot be used
        log.info("health.down", error=cause_of(error))
        return DOWN
    return UP


async def _ask_database(dependencies: Dependencies) -> None:
    """Check that the database would take writes: after a failover it may be a standby."""
    with answer_within(BUDGET_SECONDS):
        async with dependencies.services.engine.connect() as connection:
            await check_writes(connection)


async def _ask_redis(dependencies: Dependencies) -> None:
    """Write as well as ping: a replica or a full server answers a ping."""
    redis = dependencies.services.redis
    await redis.ping()
    await redis.set(f"leadrun:ready:{dependencies.services.name}", 1, px=1000)


@public_operation(
    "GET",
    "/metrics",
    answers={
        200: DocumentedResponse(description="Metrics.", media="text/plain", content={"schema": {"type": "string"}})
    },
)
async def metrics(request: AnyRequest) -> Answer:
    """Show metrics for Prometheus.

    Those of this process (with PROMETHEUS_MULTIPROC_DIR, of all processes of the machine), and the backlog.
    """
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        ReadableFilesCollector(registry)  # type: ignore[no-untyped-call]
    counted = await asyncio.to_thread(generate_latest, registry)
    waiting = await _backlog_metrics(dependencies_of(request.scope))
    return Answer(body=counted + waiting, headers={"content-type": CONTENT_TYPE_LATEST})


async def _backlog_metrics(dependencies: Dependencies) -> bytes:
    try:
        async with asyncio.timeout(BUDGET_SECONDS), dependencies.services.engine.connect() as connection:
            found = await backlog(connection, dependencies.services.now())
    except (SQLAlchemyError, OSError, TimeoutError):
        return b""
    registry = CollectorRegistry()
    count = Gauge("leadrun_backlog", "Open cascades by lane; pending deliveries.", ("queue",), registry=registry)
    age = Gauge("leadrun_backlog_oldest_seconds", "How long the oldest waits.", ("queue",), registry=registry)
    empty = [Backlog(queue=lane.value, count=0, oldest_seconds=0) for lane in Lane]
    for entry in [*empty, *found]:
        count.labels(entry.queue).set(entry.count)
        age.labels(entry.queue).set(entry.oldest_seconds)
    return generate_latest(registry)
