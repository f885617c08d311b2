"""Pages that live: a stream says that something has changed, and asking by themselves where there is none."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from uuid import UUID

import httpx
from playwright.async_api import Browser, Page, Request

from app.domain.vocabulary import Mode
from app.domain.waterfall.answer import Miss
from app.front import make_front
from app.usecases.batches.admit import admit_batch
from app.web.frame.live import MOST_OF_SESSION
from tests.api.door import opened
from tests.api.ending import end_open, end_run, record
from tests.web.conftest import enter
from tests.web.stack import Stack
from tests.web.submitting import submit


async def marks(answer: httpx.Response) -> AsyncIterator[str]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield line.removeprefix("data: ")


def mark_of(page: str) -> str:
    found = re.search(r'data-mark="([^"]+)"', page)
    assert found
    return found[1]


async def test_the_stream_of_a_run_says_what_the_page_shows_until_the_run_has_ended(stack: Stack) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    async with stack.client(person) as client, client.stream("GET", f"/app/runs/{run}/changes") as answer:
        seen = marks(answer)
        assert await anext(seen) == mark_of((await client.get(f"/app/runs/{run}")).text)
        await record(stack.door, run, ("hunter", Miss()))
        # No message says so: it is seen by the next look.
        asked = await anext(seen)
        assert asked == mark_of((await client.get(f"/app/runs/{run}")).text)
        await end_run(stack.door, run)
        last = [one async for one in seen]
        assert len(last) == 1
        assert last != [asked]
        part = (await client.get(f"/app/runs/{run}", headers={"hx-request": "true", "hx-target": "run"})).text
        assert "data-live" not in part


async def test_the_stream_of_a_list_ends_with_it(stack: Stack) -> None:
    person = await stack.person(mode=Mode.TEST)
    async with stack.client(person) as client:
        files = {"file": ("people.csv", b"name,domain\nRita Moss,acme.example\n", "text/csv")}
        path = (await client.post("/app/lists", files=files)).headers["location"]
        async with client.stream("GET", f"{path}/changes") as answer:
            seen = marks(answer)
            assert await anext(seen) == mark_of((await client.get(path)).text)
            await admit_batch(stack.services, UUID(path.rsplit("/", 1)[-1]), after=-1, limit=10)
            await end_open(stack.door)
            assert [one async for one in seen][-1].startswith("completed.")


async def test_a_session_has_few_streams_and_gives_each_back(stack: Stack) -> None:
    person, stranger = await stack.person(), await stack.person()
    (run,) = await submit(stack, person, "Moss")
    path = f"/app/runs/{run}/changes"
    async with stack.client(person) as client, AsyncExitStack() as open_ones:
        followed = []
        for _ in range(MOST_OF_SESSION):
            followed.append(marks(await open_ones.enter_async_context(client.stream("GET", path))))
            assert await anext(followed[-1])
        assert (await client.get(path)).status_code == 429
        # Nobody else waits for them, and what is not one's own is not there.
        async with stack.client(stranger) as other:
            assert (await other.get(path)).status_code == 404
        await end_run(stack.door, run)
        for one in followed:
            assert len([mark async for mark in one]) == 1
        assert (await client.get(path)).status_code == 200


async def test_a_stream_ends_with_its_session_and_its_mode(stack: Stack) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    with opened(stack.door.settings, make=partial(make_front, check_seconds=0.05)) as quick:
        async with stack.client(person) as client:
            client.base_url = httpx.URL(quick.url)
            for way in ({"path": "/app/switch", "data": {"mode": "test"}}, {"path": "/app/logout", "data": {}}):
                async with client.stream("GET", f"/app/runs/{run}/changes") as answer:
                    lines = answer.aiter_lines()
                    quick.sql("UPDATE user_sessions SET last_used_at = now() - interval '1 hour'")
                    for _ in range(2):
                        while await anext(lines) != ": still here":
                            pass
                    # To follow is no use of a session, or it would never be over.
                    used = "SELECT count(*) FROM user_sessions WHERE last_used_at > now() - interval '1 minute'"
                    assert quick.sql(used) == [(0,)]
                    await client.post(str(way["path"]), data=way["data"])  # type: ignore[arg-type]
                    assert not [line async for line in lines if line.startswith("data: ")]
                await client.post("/app/switch", data={"mode": "live"})
            assert (await client.get(f"/app/runs/{run}/changes")).status_code == 303


async def test_a_page_shows_what_happens_by_its_stream_and_without_one(browser: Browser, stack: Stack) -> None:
    person = await stack.person()
    for has_stream, name in ((True, "Moss"), (False, "Barber")):
        (run,) = await submit(stack, person, name)
        context = await enter(browser, stack, person)
        page = await context.new_page()
        fetched: list[str] = []
        page.on("request", partial(_note, fetched, f"/app/runs/{run}"))
        if not has_stream:
            await page.route("**/changes", lambda route: route.abort())
        await _follow_to_the_end(page, stack, run)
        # By the stream once for the end, and once for what came between; without it each two seconds.
        assert len(fetched) <= 3 or not has_stream
        await context.close()


def _note(fetched: list[str], path: str, request: Request) -> None:
    if request.url.endswith(path):
        fetched.append(request.url)


async def _follow_to_the_end(page: Page, stack: Stack, run: str) -> None:
    await page.goto(f"/app/runs/{run}")
    await page.get_by_text("being looked for").wait_for()
    await end_run(stack.door, run)
    await page.locator(".answer strong").wait_for()
    await page.locator("[data-live]").wait_for(state="detached")
