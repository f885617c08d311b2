"""Costly requests begin one in a turn of the event loop, however many come at once."""

import asyncio
from collections.abc import Sequence

from app.serving import Beginnings

SHORT, LONG = 0.001, 0.025


async def begun_by_turn(clients: Sequence[str], cpu_of_a_turn: float, turns: int) -> list[str]:
    """Let requests come at once, each of a client; return whose have begun in each turn, joined."""
    now, begun = 0.0, list[str]()
    beginnings = Beginnings(lambda: now)

    async def request(client: str) -> None:
        await beginnings.wait(client)
        begun[-1] += client

    async with asyncio.TaskGroup() as group:
        requests = [group.create_task(request(client)) for client in clients]
        for _ in range(turns):
            begun.append("")
            now += cpu_of_a_turn
            await asyncio.sleep(0)
        for one in requests:
            one.cancel()
    return begun


async def test_a7_one_request_begins_in_each_short_turn() -> None:
    by_turn = await begun_by_turn("a" * 6, SHORT, 12)
    assert max(map(len, by_turn)) == 1
    assert "".join(by_turn) == "aaaaaa"


async def test_a7_clients_take_turns() -> None:
    # The first of all begins before anybody else has come.
    assert "".join(await begun_by_turn("aaaaabc", SHORT, 12)) == "aabcaaa"


async def test_a7_while_turns_are_long_one_begins_now_and_then() -> None:
    by_turn = await begun_by_turn("a" * 6, LONG, 12)
    assert max(map(len, by_turn)) == 1
    assert 2 <= len("".join(by_turn)) <= 3, "a tenth of a second of CPU lies between two of them"


async def test_a7_who_leaves_takes_nobodys_turn() -> None:
    beginnings, begun = Beginnings(lambda: 0.0), list[str]()

    async def request(client: str) -> None:
        await beginnings.wait(client)
        begun.append(client)

    tasks = [asyncio.create_task(request(client)) for client in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    for _ in range(2):
        await asyncio.sleep(0)
    assert begun == ["a", "c"]
