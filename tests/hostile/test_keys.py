"""Unknown keys cost little and harm nobody: a budget for each address, apart from the keys that are valid."""

from collections.abc import Sequence
from itertools import count

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from app.domain.accounts.api_key import digest, mint, old_checksum
from app.domain.accounts.client_address import client_address
from app.domain.accounts.failure_budget import MOST_ADDRESSES, FailureBudget
from app.domain.vocabulary import Mode
from app.domain.webhooks.ip_policy import parse_networks
from app.settings.settings import Settings
from app.usecases.accounts.authenticate import MOST_OLD
from tests.api.checks import problem
from tests.api.door import PERSON, Door, opened

CREDITS = "/api/v1/credits"


def unknown(number: int, pepper: bytes = b"") -> str:
    """Make a key that nobody has: of the old form, which any client can compute, unless the pepper is known."""
    letters = iter(f"{number:030d}")
    key = mint("leadmodule", Mode.LIVE, lambda _: next(letters), pepper)
    return key if pepper else key[:-6] + old_checksum(key[:-6])


def pepper_of(door: Door) -> bytes:
    return bytes(door.sql("SELECT pepper FROM key_pepper")[0][0])


def looked_up() -> float:
    """How many keys were looked for in the database."""
    return REGISTRY.get_sample_value("leadrun_group_commit_items_sum", {"kind": "authenticate"}) or 0.0


@pytest.fixture
def strict(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, failed_authentications=5)


async def test_a8_unknown_keys_have_a_budget_by_address_and_valid_ones_pass(strict: Settings) -> None:
    with opened(strict) as door:
        key = await door.key()
        async with door.client(key) as valid, door.client() as stranger:
            assert (await valid.get(CREDITS)).status_code == 200
            statuses = []
            for number in range(20):
                answer = await stranger.get(CREDITS, headers={"x-api-key": unknown(number)})
                statuses.append(answer.status_code)
            assert statuses == [401] * 5 + [429] * 15
            body = problem(answer, 429, "quota-exceeded", "limit", "windowSeconds", "retryAfter")
            assert 0 < int(answer.headers["retry-after"]) <= 60
            assert "failed authentications" in body["error"]
            assert (await valid.get(CREDITS)).status_code == 200
            # Another address has its own; the proxy on this machine says whose request it is.
            other = {"x-api-key": unknown(99), "x-forwarded-for": "203.0.113.9"}
            assert (await stranger.get(CREDITS, headers=other)).status_code == 401
            # What lies before the last address are the client's own words.
            claimed = {"x-api-key": unknown(98), "x-forwarded-for": "203.0.113.77, 203.0.113.9"}
            statuses = [(await stranger.get(CREDITS, headers=claimed)).status_code for _ in range(6)]
            assert statuses == [401] * 4 + [429] * 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Basic eA=="},
        {"x-api-key": "a", "authorization": "b"},
    ],
    ids=["none", "malformed", "another scheme", "two"],
)
async def test_a8_every_failure_counts(strict: Settings, headers: dict[str, str]) -> None:
    with opened(strict) as door:
        async with door.client() as stranger:
            for _ in range(5):
                assert (await stranger.get(CREDITS, headers=headers)).status_code == 401
            answer = await stranger.get(CREDITS, headers={"x-api-key": unknown(1)})
            assert answer.status_code == 429


async def test_a8_unknown_keys_push_no_valid_key_out_and_are_asked_for_once(door: Door) -> None:
    key, pepper = await door.key(), pepper_of(door)
    async with door.client(key) as valid, door.client() as stranger:
        assert (await valid.get(CREDITS)).status_code == 200
        for number in range(250):
            await stranger.get(CREDITS, headers={"x-api-key": unknown(number, pepper)})
        authenticator = door.api.state.dependencies.authenticate
        assert len(authenticator._valid) == 1  # noqa: SLF001 - what is remembered is not seen from outside
        assert len(authenticator._unknown) == 250  # noqa: SLF001
        assert (await valid.get(CREDITS)).status_code == 200


async def test_a8_a_key_that_is_not_of_our_making_is_not_looked_up(door: Door) -> None:
    key = (await door.key()).api_key
    strangers = [unknown(number, b"another pepper") for number in range(20)]
    typos = [key[:-1] + letter for letter in "012" if letter != key[-1]]
    async with door.client() as client:
        assert (await client.get(CREDITS, headers={"x-api-key": key})).status_code == 200
        before = looked_up()
        for presented in (*strangers, *typos, key.swapcase(), f"{key}0", key[:-1], "", "x" * 5000):
            assert (await client.get(CREDITS, headers={"x-api-key": presented})).status_code == 401
        assert looked_up() == before


async def test_a8_look_ups_of_keys_that_anybody_can_make_have_a_budget_and_those_that_exist_pass(
    settings: Settings,
) -> None:
    with opened(msgspec.structs.replace(settings, failed_authentications=10_000)) as door:
        made = await door.key()
        old = unknown(7)
        door.sql("UPDATE api_keys SET digest = %s WHERE id = %s", digest(old), made.id)
        before = looked_up()
        async with door.client() as client:
            assert (await client.get(CREDITS, headers={"x-api-key": old})).status_code == 200
            # From whatever address they come.
            statuses = [
                (
                    await client.get(
                        CREDITS, headers={"x-api-key": unknown(100 + n), "x-forwarded-for": f"203.0.113.{n}"}
                    )
                ).status_code
                for n in range(MOST_OLD + 20)
            ]
            assert statuses == [401] * MOST_OLD + [429] * 20
            assert looked_up() - before == MOST_OLD + 1
            assert (await client.get(CREDITS, headers={"x-api-key": old})).status_code == 200
            # New keys have nothing to do with it.
            new = (await door.key()).api_key
            assert (await client.get(CREDITS, headers={"x-api-key": new})).status_code == 200


async def test_c19_two_different_keys_are_named_as_the_reason(door: Door) -> None:
    good = (await door.key()).api_key
    async with door.client() as client:
        for headers in (
            {"authorization": f"Bearer {good}", "x-api-key": unknown(1)},
            {"authorization": "Basic bm86bm8=", "x-api-key": good},
        ):
            answer = await client.get(CREDITS, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"] == "Invalid or missing API key"
            assert answer.json()["detail"].startswith("Two different keys were sent")


class CountingNames:
    """The outside world's DNS, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(self, host: str, budget: float) -> Sequence[str]:  # noqa: ARG002 - the protocol's
        self.asked.append(host)
        return ["93.184.215.14"]


async def test_a8_dns_is_asked_for_nothing_that_is_refused_anyway(door: Door) -> None:
    key = await door.key(rate_limit=2)
    names = CountingNames()
    door.api.state.dependencies.vetting._resolver = names  # noqa: SLF001 - DNS is the world's
    numbers = count()

    def hook() -> str:
        return f"https://{next(numbers)}.hooks.example/"

    async with door.client(key) as client:
        refused: list[tuple[str, str, dict[str, object]]] = [
            ("POST", "/api/v1/enrich", {"webhookUrl": hook()}),
            ("POST", "/api/v1/enrich", {**PERSON, "enrichmentType": "x", "webhookUrl": hook()}),
            ("POST", "/api/v1/enrich", {"contacts": [{}], "fields": ["email"], "webhook_url": hook()}),
            ("POST", "/api/v1/enrich", {"contacts": [], "webhook_url": hook()}),
            ("POST", "/api/v1/enrich", {**PERSON, "metadata": 5, "webhookUrl": hook()}),
            ("POST", "/api/v1/find-email", {"first_name": "Jane", "webhook_url": hook()}),
            ("POST", "/api/v1/batches", {"contacts": 5, "webhook_url": hook(), "fields": ["x"]}),
            ("POST", "/api/v1/webhooks/endpoints", {"url": hook(), "events": ["x"]}),
            ("POST", "/api/v1/webhooks/endpoints", {"url": hook(), "rateLimit": -1}),
            ("POST", "/api/v1/webhooks/endpoints", {"url": hook(), "headers": {"a b": "c"}}),
        ]
        for method, path, body in refused:
            assert (await client.request(method, path, json=body)).status_code == 400, body
        assert names.asked == []
        statuses = [
            (await client.post("/api/v1/enrich", json={**PERSON, "webhookUrl": hook()})).status_code for _ in range(6)
        ]
        assert statuses == [202, 202, 429, 429, 429, 429]
        assert len(names.asked) == 2


TRUSTED = parse_networks(("10.0.0.0/8", "fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", " 198.51.100.1 ", "198.51.100.1"),
        ("10.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("", "", ""),
        ("10.0.0.1", "198.51.100.1," + "10.0.0.2," * 100 + "10.0.0.2", "10.0.0.2"),
    ],
)
def test_a8_the_address_of_a_client(peer: str, forwarded: str, counted: str) -> None:
    assert client_address(peer, forwarded, TRUSTED) == counted


@given(st.text(max_size=50), st.text(max_size=200))
def test_a8_any_header_names_some_address(peer: str, forwarded: str) -> None:
    assert isinstance(client_address(peer, forwarded, TRUSTED), str)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 20)), max_size=60))
def test_a8_an_address_fails_no_more_often_than_its_budget(steps: list[tuple[str, float]]) -> None:
    budget, now, failed = FailureBudget(3), 0.0, dict[str, list[float]]()
    for address, pause in steps:
        now += pause
        wait = budget.wait(address, now)
        if not wait:
            budget.count(address, now)
            failed.setdefault(address, []).append(now)
        else:
            assert budget.wait(address, now + wait) == 0
    for times in failed.values():
        assert all(len([t for t in times if start <= t < start + 60]) <= 6 for start in times)


def test_a8_addresses_are_forgotten_the_oldest_first() -> None:
    budget = FailureBudget(1)
    for number in range(MOST_ADDRESSES + 10):
        budget.count(str(number), 0.0)
    assert budget.wait("0", 1.0) == 0
    assert budget.wait(str(MOST_ADDRESSES), 1.0) > 0
