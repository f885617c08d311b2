"""Places and budgets of the app's pages: they are those of the account and of the address, whatever the door."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import contextmanager

import httpx
import msgspec

from app.front import make_front
from app.services import open_services
from app.serving import Beginnings
from app.settings.settings import Settings
from tests.api.door import PERSON, Door, opened
from tests.hostile.forms import FORM, LIST, LOGIN, file_form, sending
from tests.web.stack import Stack


@contextmanager
def bounded(settings: Settings, **changes: int) -> Iterator[Door]:
    with opened(msgspec.structs.replace(settings, **changes), make=make_front) as door:
        yield door


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for sends no signal
            await asyncio.sleep(0.01)


async def test_a6_uploads_of_the_app_take_the_places_of_the_account(settings: Settings) -> None:
    with bounded(settings, uploads_at_once=1) as door:
        async with open_services(door.settings) as services:
            stack = Stack(door, services)
            person, other = await stack.person(balance=10), await stack.person(balance=10)
            key = await door.key(person.account)
            places = door.api.state.dependencies.places
            async with stack.client(person) as client, door.client(key) as api, stack.client(other) as stranger:
                with sending(stack, person, "/app/lists", file_form(LIST)[:60]):
                    await until(lambda: sum(places._held.values()) == 1)  # noqa: SLF001 - not seen from outside
                    for path in ("/app/lists", "/app/lists/check"):
                        answer = await client.post(path, content=file_form(LIST), headers=FORM)
                        assert answer.status_code == 429
                        assert "uploads of this account are under way" in answer.text
                        assert answer.headers["retry-after"] == "5"
                    csv = {"content-type": "text/csv"}
                    assert (await api.post("/api/v1/batches", content=LIST, headers=csv)).status_code == 429
                    answer = await stranger.post("/app/lists", content=file_form(LIST), headers=FORM)
                    assert answer.status_code == 303
                await until(lambda: not places._held)  # noqa: SLF001
                async with asyncio.timeout(60):
                    while (await client.post("/app/lists", content=file_form(LIST), headers=FORM)).status_code == 429:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)


async def test_a6_bytes_of_the_app_count_for_the_day_of_the_account(settings: Settings) -> None:
    with bounded(settings, upload_mib_a_day=1) as door:
        async with open_services(door.settings) as services:
            stack = Stack(door, services)
            person = await stack.person()
            key = await door.key(person.account)
            async with stack.client(person) as client, door.client(key) as api:
                answer = await client.post("/app/lists/check", content=file_form(b"x" * (1 << 20)), headers=FORM)
                assert answer.status_code == 422
                answer = await client.post("/app/lists/check", content=file_form(LIST), headers=FORM)
                assert answer.status_code == 429
                assert "has uploaded 1 MiB today" in answer.text
                csv = {"content-type": "text/csv"}
                assert (await api.post("/api/v1/batches", content=LIST, headers=csv)).status_code == 429


async def test_a6_downloads_of_the_app_take_the_places_of_the_account(settings: Settings) -> None:
    with bounded(settings, downloads_at_once=1) as door:
        async with open_services(door.settings) as services:
            stack = Stack(door, services)
            person = await stack.person(balance=100_000)
            # More than the sockets hold, so that it is under way while nobody reads.
            rows = b"".join(b"Jane,Smith%d,acme.example,%b\n" % (n, b"x" * 4000) for n in range(5000))
            async with stack.client(person) as client, door.client(await door.key(person.account)) as api:
                body = file_form(b"first_name,last_name,domain,note\n" + rows)
                path = (await client.post("/app/lists", content=body, headers=FORM)).headers["location"]
                async with client.stream("GET", f"{path}/results") as reading:
                    assert reading.status_code == 200
                    assert (await client.get(f"{path}/results")).status_code == 429
                    batch = path.rsplit("/", 1)[-1]
                    assert (await api.get(f"/api/v1/batches/{batch}/results")).status_code == 429
                    head = await client.head(f"{path}/results")
                    assert (head.status_code, head.content) == (200, b"")
                async with asyncio.timeout(60):
                    while (await client.get(f"{path}/results")).status_code == 429:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)


class NotedBeginnings(Beginnings):
    """Notes which clients' requests wait for their turn."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: list[Hashable] = []

    async def wait(self, client: Hashable) -> None:
        self.clients.append(client)
        await super().wait(client)


async def test_a7_pages_and_reads_that_may_be_long_wait_for_their_turn_and_nothing_else(settings: Settings) -> None:
    settings = msgspec.structs.replace(settings, trusted_proxies=("127.0.0.0/8",))
    with bounded(settings) as door:
        noted = NotedBeginnings()
        door.api.state.dependencies = msgspec.structs.replace(door.api.state.dependencies, beginnings=noted)
        async with door.client(await door.key()) as client:
            run = (await client.post("/api/v1/enrich", json=PERSON)).json()["runId"]
            for path in (f"/api/v1/enrich/{run}", "/health/live", "/app/static/x/y", "/docs"):
                await client.get(path)
            assert noted.clients == []
            for number, path in enumerate((LOGIN, "/app/keys", "/api/v1/runs", "/api/v1/usage")):
                answer = await client.get(path, headers={"x-forwarded-for": f"203.0.113.{number}"})
                assert answer.status_code in {200, 303}
            assert noted.clients == [f"203.0.113.{number}" for number in range(4)]


async def test_a8_unknown_sessions_and_links_have_a_budget_by_address_and_known_ones_pass(settings: Settings) -> None:
    with bounded(settings, failed_authentications=5) as door:
        async with open_services(door.settings) as services:
            stack = Stack(door, services)
            person = await stack.person()
            async with stack.client(person) as known, stack.client() as stranger:
                assert (await known.get("/app")).status_code == 200
                for what in ({"cookie": "leadrun_session=x{}"}, {}):
                    statuses = []
                    for number in range(8):
                        headers = {name: text.format(number) for name, text in what.items()}
                        path = "/app" if what else f"/app/invite/x{number}"
                        statuses.append((await stranger.get(path, headers=headers)).status_code)
                    assert statuses == [303 if what else 410] * 5 + [429] * 3
                assert (await known.get("/app")).status_code == 200


async def test_a8_log_ins_are_counted_for_all_processes_together(settings: Settings) -> None:
    with bounded(settings) as one, bounded(settings) as two:
        for door in (one, two):
            async with httpx.AsyncClient(base_url=door.url) as client:
                page = await client.get(LOGIN)
                csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
                cookie = {"cookie": page.headers["set-cookie"].partition(";")[0]}
                for _ in range(3):
                    form = {"csrf": csrf, "email": "jane@acme.example", "password": "not this one"}
                    assert "do not fit" in (await client.post(LOGIN, data=form, headers=cookie)).text
        answer = await _log_in(one, csrf, cookie)
        assert "too many log-ins" in answer.text
        assert not [key async for key in _keys(settings) if "acme" in key or "127.0.0.1" in key]


async def _log_in(door: Door, csrf: str, cookie: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(base_url=door.url) as client:
        form = {"csrf": csrf, "email": "JANE@acme.example", "password": "not this one"}
        return await client.post(LOGIN, data=form, headers=cookie)


async def _keys(settings: Settings) -> AsyncIterator[str]:
    async with open_services(settings) as services:
        async for key in services.redis.scan_iter("*log-ins*"):
            yield key
