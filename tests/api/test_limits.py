"""The rate limit as clients meet it."""

import asyncio

import httpx
import msgspec

from app.settings.settings import Settings
from tests.api.door import PERSON, Door, opened

ENRICH = "/api/v1/enrich"


def person(number: int) -> dict[str, str]:
    return {**PERSON, "lastName": f"Smith{number}"}


async def test_of_seventy_in_a_burst_two_processes_accept_exactly_sixty(settings: Settings) -> None:
    with opened(settings) as one, opened(settings) as two:
        key = await one.key()
        async with one.client(key) as first, two.client(key) as second:
            answers = await asyncio.gather(
                *((first if n % 2 else second).post(ENRICH, json=person(n)) for n in range(70))
            )
            refused = [a for a in answers if a.status_code == 429]
            assert len([a for a in answers if a.status_code == 202]) == 60
            assert len(refused) == 10
            for answer in refused:
                body = answer.json()
                assert answer.headers["content-type"] == "application/problem+json"
                assert body["type"] == "/errors/quota-exceeded"
                assert 1 <= int(answer.headers["retry-after"]) <= 60
                assert answer.headers["ratelimit"] == f'"default";r=0;t={answer.headers["retry-after"]}'
                assert answer.headers["x-ratelimit-remaining"] == "0"
            assert (await first.get("/api/v1/credits")).json()["total_spent"] == 60


async def test_a_client_that_waits_retry_after_is_accepted(settings: Settings) -> None:
    with opened(settings, window=2.0) as door:
        async with door.client(await door.key(rate_limit=3)) as client:
            answers = [await client.post(ENRICH, json=person(n)) for n in range(4)]
            assert [a.status_code for a in answers] == [202, 202, 202, 429]
            await asyncio.sleep(int(answers[-1].headers["retry-after"]))
            assert (await client.post(ENRICH, json=person(4))).status_code == 202


async def test_requests_refused_before_they_are_accepted_consume_nothing(door: Door) -> None:
    async with door.client(await door.key(rate_limit=2, amount=1)) as client:
        for _ in range(5):
            assert (await client.post(ENRICH, json={})).status_code == 400
        assert (await client.post(ENRICH, json=person(1))).status_code == 202
        for _ in range(5):
            assert (await client.post(ENRICH, json=person(2))).status_code == 402
        # Joining is free of credits, but is a submission.
        assert (await client.post(ENRICH, json=person(1))).status_code == 202
        assert (await client.post(ENRICH, json=person(1))).status_code == 429


async def test_reads_have_a_larger_budget_of_their_own(settings: Settings) -> None:
    few = msgspec.structs.replace(settings, read_limit=5)
    with opened(few) as door:
        async with door.client(await door.key(rate_limit=1)) as client:
            run = (await client.post(ENRICH, json=PERSON)).headers["location"]
            reads = [await client.get(run) for _ in range(6)]
            assert [r.status_code for r in reads] == [200] * 5 + [429]
            assert reads[0].headers["ratelimit-policy"] == '"default";q=1;w=60'
            assert reads[0].headers["ratelimit"].startswith('"default";r=0;t=')
            assert 1 <= int(reads[5].headers["retry-after"]) <= 60
            assert reads[5].json()["error"].startswith("Rate limit exceeded: 5 reads")


async def test_without_redis_submissions_are_accepted_at_the_same_rate(settings: Settings) -> None:
    gone = msgspec.structs.replace(settings, redis_url="redis://127.0.0.1:1/0")
    with opened(gone) as door:
        async with door.client(await door.key(rate_limit=5)) as client:
            answers = await asyncio.gather(*(client.post(ENRICH, json=person(n)) for n in range(8)))
            assert sorted(a.status_code for a in answers) == [202] * 5 + [429] * 3
            metrics = (await client.get("/metrics")).text
            assert "leadrun_rate_limit_fallbacks_total" in metrics


async def test_a_limit_of_one_key_is_not_anothers(door: Door) -> None:
    async with (
        door.client(await door.key("acme", rate_limit=1)) as one,
        door.client(await door.key("acme", rate_limit=1)) as two,
    ):
        answers: list[httpx.Response] = [await each.post(ENRICH, json=PERSON) for each in (one, two, one)]
        assert [a.status_code for a in answers] == [202, 202, 429]
