"""The health of an installation, as its operators see it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from playwright.async_api import Browser, ViewportSize

from app.broker import QUEUES
from app.domain.waterfall.answer import Failed, Miss, Trouble
from app.redis.processes import KEY, GiveSigns, SignOfLife, read_processes
from tests.api.ending import end_run, record
from tests.api.test_keys import until
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Stack
from tests.web.submitting import submit


@asynccontextmanager
async def a_worker(stack: Stack, **changes: datetime) -> AsyncIterator[None]:
    """A worker that gives signs of life, and perhaps gave the last one earlier."""
    services, name = stack.services, "box:7:abcd"
    signs = GiveSigns(services.redis, name=name, kind="worker", queues=QUEUES, now=services.now)
    task = asyncio.create_task(signs.run())

    async def has_given() -> bool:
        return name in await services.redis.hkeys(KEY)

    await until(has_given, True)  # noqa: FBT003 - what is waited for
    if changes:
        sign = msgspec.json.decode(await services.redis.hget(KEY, name) or "", type=SignOfLife)
        await services.redis.hset(KEY, name, msgspec.json.encode(msgspec.structs.replace(sign, **changes)))
    yield
    task.cancel()
    await asyncio.wait([task])
    assert not await has_given()


async def test_an_operator_sees_lost_processes_and_what_went_wrong_last(browser: Browser, stack: Stack) -> None:
    operator = await stack.person(operator=True)
    now = stack.services.now()
    runs = await submit(stack, operator, "Moss", "Trenneman")
    await record(stack.door, runs[0], ("hunter", Failed(trouble=Trouble.AUTH_ERROR, reason="Hunter refuses the key")))
    await record(stack.door, runs[0], ("datagma", Miss()))
    await end_run(stack.door, runs[0])
    stack.door.sql(
        "UPDATE cascades SET leases = 9, open = false, ended_at = now() "
        "WHERE id = (SELECT cascade_id FROM runs WHERE id = %s)",
        UUID(runs[1]),
    )
    stack.door.sql(
        "INSERT INTO deliveries (id, account_id, mode, event, url, host, body, state, reason, created_at, ended_at) "
        "SELECT gen_random_uuid(), id, 'live', 'enrichment.completed', 'https://hooks.example/a?token=hidden', "
        "'hooks.example', '', 'failed', 'the receiver answered 500 for three days', now(), now() "
        "FROM accounts WHERE name = %s",
        operator.account,
    )
    context = await enter(browser, stack, operator, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    async with a_worker(stack, seen_at=now - timedelta(seconds=46)):
        await page.goto("/app/operator")
        await check_page(page)
        text = await page.content()
    await context.close()
    assert wrong == []
    for words in (
        *("No sign of life from worker box:7:abcd", "No worker does the work of interactive, bulk, webhooks."),
        *("Hunter refuses the key.", "The receiver answered 500 for three days.", f">{operator.account}, live<"),
    ):
        assert words in text
    assert "token=" not in text
    assert re.search(r"workers lost\">8<", text)
    async with stack.client(operator) as client:
        text = (await client.get("/app/operator")).text
        # The API's own signs: it lives.
        assert ("box:7:abcd" in text, re.search(r">api</td><td><span class=\"badge hit\">lives", text) is None) == (
            False,
            False,
        )
    async with a_worker(stack, seen_at=now - timedelta(days=2)):
        assert "box:7:abcd" not in [one.name for one in await read_processes(stack.services.redis, now) or ()]
    stack.door.sql("DELETE FROM deliveries WHERE url LIKE %s", "%token=hidden")
