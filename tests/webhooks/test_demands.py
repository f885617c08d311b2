"""Each demand on webhooks, and each case that other senders publish, has a test that bears its name.

These cases of other senders have no meaning here, and so no test: Svix runs its suite once for each of its queues and
caches, where leadrun has rows of PostgreSQL and one Redis that may forget everything; Svix's and Convoy's messages are
posted to them, where leadrun's events are its own; Convoy's client certificates ("mTLS keeps the IP rules"), of which
leadrun sends none; its `NO_PROXY`, for leadrun takes no proxy from the environment and lets no receiver around the one
that its operator names; and its circuit breaker's last step, which disables an endpoint after ten openings, where
leadrun counts hours without any success.
"""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.rows import each_row

TESTS = Path(__file__).parents[1]

DEMANDS = {
    "w1": "every delivery verifies with the official libraries",
    "w2": "an event is owed once, arrives at least once, and keeps its id on every attempt",
    "w3": "the first try starts at once, each retry on its schedule, never early and up to a fifth late",
    "w4": "an attempt is bounded in time and memory, whatever a receiver does",
    "w5": "2xx alone is success; redirects are not followed, 410 ends it, Retry-After only delays",
    "w6": "a receiver that keeps failing is left alone and probed, and disabled after days of nothing else",
    "w7": "a bad receiver does not delay the others",
    "w8": "a repeated delivery is exactly one more attempt, under the same id, newly signed",
    "w9": "secrets are sealed at rest, and rotate with an overlap",
    "w10": "the cases that other senders publish hold here too",
    "s1": "no forbidden address is reached in any spelling",
    "s2": "an address that carries an IPv4 address inherits its verdict or is refused",
    "s3": "whatever another guard blocks is blocked",
    "s4": "a name that rebinds reaches nobody",
    "s5": "a silent name server costs five seconds and no place",
}
# By sender: the names of their cases, or what they are about where they have none.
PORTED = {
    "svix": (
        *("no_redirects_policy", "endpoint_disable_on_repeated_failure", "endpoint_disable_expiration_duration"),
        *("endpoint_disable_on_sporadic_failure", "recovery_expected_retry_counts"),
        *("recovery_should_fail_if_start_time_too_old", "endpoint_rotate_signing_e2e", "endpoint_rotate_max"),
        *("endpoint_secret_encryption_in_database", "endpoint_https_only", "message_validation"),
        *("payload_retention_period", "expunge_message_payload", "many_queue_consumers", "retry_after"),
        *("idempotency", "is_allowed_test"),
    ),
    "convoy": (
        *("blocked_ip", "proxy", "without_its_proxy", "oversized_body", "idempotency_header_cannot_be_overridden"),
        *("circuit_breaker_transitions", "shared_signature_vectors"),
    ),
    "hook0": (
        *("nat64_inherits_the_verdict_of_the_embedded_ipv4", "nothing_in_a_network_of_translators_is_public"),
        *("retry_after_only_ever_delays", "unroutable_resolver_gives_up_inside_its_budget"),
    ),
}
CASES = [f"test_w10_{sender}_{name}" for sender, names in PORTED.items() for name in names]


def _names(texts: Iterable[str]) -> set[str]:
    """Name the tests that these modules hold."""
    trees = [ast.parse(text) for text in texts]
    return {
        node.name
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


@cache
def _all_names() -> set[str]:
    return _names(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("demand", DEMANDS)
def test_each_demand_has_a_test_of_its_name(demand: str) -> None:
    assert [name for name in _all_names() if name.startswith(f"test_{demand}_")], DEMANDS[demand]


@each_row("case", CASES)
def test_each_case_of_another_sender_has_a_test_of_its_name(case: str) -> None:
    assert [name for name in _all_names() if name.startswith(case)]


def test_every_named_test_belongs_to_a_demand_and_every_ported_one_to_a_sender() -> None:
    numbered = {name for name in _all_names() if name[5] in "ws" and name[6:].partition("_")[0].isdigit()}
    assert {name.split("_")[1] for name in numbered} == set(DEMANDS)
    assert {name.split("_")[2] for name in numbered if name.startswith("test_w10_")} == set(PORTED)


def test_what_counts_is_a_test_and_not_a_word() -> None:
    words = '"""def test_w1_in_a_text"""\n# def test_w1_in_a_remark\n'
    code = "async def test_w1_real() -> None: ...\ndef w1() -> None: ...\n"
    assert _names([words + code]) == {"test_w1_real"}
