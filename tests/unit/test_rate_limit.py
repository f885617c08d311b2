"""The sliding window as a pure rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accounts.rate_limit import MICROSECONDS, Quota, Rate, SlidingLog

MINUTE = Rate(name="default", limit=60)


def burst(log: SlidingLog, rate: Rate, times: list[int]) -> list[Quota]:
    return [log.take(rate, at, str(number)) for number, at in enumerate(times)]


def test_of_seventy_in_a_burst_exactly_sixty_are_accepted() -> None:
    quotas = burst(SlidingLog(), MINUTE, list(range(70)))
    assert [q.allowed for q in quotas] == [True] * 60 + [False] * 10
    assert quotas[-1].wait_seconds == 60
    assert quotas[-1].remaining == 0


def test_a_place_is_free_again_exactly_when_the_window_has_passed() -> None:
    log, rate = SlidingLog(), Rate(name="default", limit=1, window=60)
    assert log.take(rate, 0, "a").allowed
    assert not log.take(rate, 60 * MICROSECONDS - 1, "b").allowed
    assert log.take(rate, 60 * MICROSECONDS, "c").allowed


def test_a_refused_request_consumes_nothing() -> None:
    log, rate = SlidingLog(), Rate(name="default", limit=1, window=60)
    log.take(rate, 0, "a")
    for at in range(1, 50):
        assert not log.take(rate, at * MICROSECONDS, f"b{at}").allowed
    assert log.taken == {"a": 0}
    assert log.take(rate, 60 * MICROSECONDS, "c").allowed


def test_a_place_given_back_is_free_at_once() -> None:
    log, rate = SlidingLog(), Rate(name="default", limit=1, window=60)
    quota = log.take(rate, 0, "a")
    assert log.give_back(rate, 1, quota.slot or "").remaining == 1
    assert log.take(rate, 2, "b").allowed


def test_giving_back_what_was_never_taken_frees_nothing() -> None:
    log, rate = SlidingLog(), Rate(name="default", limit=1, window=60)
    log.take(rate, 0, "a")
    assert log.give_back(rate, 1, "b").remaining == 0


def test_a_window_is_shown_in_whole_seconds_rounded_up() -> None:
    assert Rate(name="default", limit=1, window=59.2).window_seconds == 60


def test_a_log_is_empty_once_the_window_has_passed() -> None:
    log, rate = SlidingLog(), Rate(name="default", limit=1, window=60)
    log.take(rate, 0, "a")
    assert not log.empty_at(rate, 60 * MICROSECONDS - 1)
    assert log.empty_at(rate, 60 * MICROSECONDS)


def test_after_the_limit_was_lowered_the_wait_is_until_enough_have_left() -> None:
    log = SlidingLog()
    burst(log, Rate(name="default", limit=10), [i * MICROSECONDS for i in range(10)])
    lowered = Rate(name="default", limit=3)
    refused = log.take(lowered, 10 * MICROSECONDS, "x")
    assert not refused.allowed
    assert refused.wait_us == (7 + 60 - 10) * MICROSECONDS
    assert log.take(lowered, 10 * MICROSECONDS + refused.wait_us, "y").allowed


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        pytest.param(0, 0, id="none"),
        pytest.param(1, 1, id="one microsecond is a second"),
        pytest.param(MICROSECONDS, 1, id="one second stays one"),
        pytest.param(MICROSECONDS + 1, 2, id="more is two"),
    ],
)
def test_a_wait_is_rounded_up_to_whole_seconds(wait: int, seconds: int) -> None:
    assert Quota(rate=MINUTE, allowed=False, used=60, wait_us=wait).wait_seconds == seconds


@given(
    limit=st.integers(1, 8),
    window=st.integers(1, 50),
    steps=st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["take", "peek", "back"])), max_size=120),
)
def test_no_span_of_the_windows_length_ever_holds_more_than_the_limit(
    limit: int, window: int, steps: list[tuple[int, str]]
) -> None:
    log, rate = SlidingLog(), Rate(name="default", limit=limit, window=window)
    now, kept = 0, dict[str, int]()
    for number, (pause, what) in enumerate(steps):
        now += pause * MICROSECONDS
        if what == "take":
            quota = log.take(rate, now, str(number))
            if quota.allowed:
                kept[str(number)] = now
            else:
                # Honest: one microsecond earlier it is refused, at that moment accepted.
                assert not log.peek(rate, now + quota.wait_us - 1).allowed if quota.wait_us > 1 else True
        elif what == "back" and kept:
            slot = next(iter(kept))
            del kept[slot]
            log.give_back(rate, now, slot)
        times = sorted(kept.values())
        for start in times:
            assert sum(start <= at < start + rate.window_us for at in times) <= limit


@given(limit=st.integers(1, 5), times=st.lists(st.integers(0, 10), min_size=1, max_size=40))
def test_who_waits_as_told_and_is_alone_is_accepted(limit: int, times: list[int]) -> None:
    log, rate = SlidingLog(), Rate(name="default", limit=limit, window=7)
    now = 0
    for number, pause in enumerate(times):
        now += pause * 100_000
        quota = log.take(rate, now, f"{number}")
        if not quota.allowed:
            now += quota.wait_seconds * MICROSECONDS
            assert log.take(rate, now, f"{number}-again").allowed


@given(
    limit=st.integers(1, 12),
    processes=st.integers(1, 4),
    carried=st.lists(st.integers(0, 6 * MICROSECONDS), max_size=12),
    asked=st.lists(st.tuples(st.integers(0, 2 * MICROSECONDS), st.integers(0, 3)), max_size=60),
)
def test_c31_processes_that_are_alone_accept_no_more_together_than_the_limit_leaves(
    limit: int, processes: int, carried: list[int], asked: list[tuple[int, int]]
) -> None:
    """Each knows what was accepted before, and shares what is left; no window of any length holds more."""
    limit = max(limit, processes)
    rate, now = Rate(name="default", limit=limit, window=7), 6 * MICROSECONDS
    carried = sorted(carried)[:limit]
    logs = [SlidingLog(carried, processes) for _ in range(processes)]
    accepted = list(carried)
    for number, (step, which) in enumerate(asked):
        now += step
        quota = logs[which % processes].take(rate, now, str(number))
        assert quota.allowed or quota.wait_us > 0
        if quota.allowed:
            accepted.append(now)
            assert sum(now - rate.window_us < at <= now for at in accepted) <= limit


@given(
    limit=st.integers(1, 9),
    processes=st.integers(1, 4),
    carried=st.lists(st.integers(0, 6 * MICROSECONDS), max_size=12),
    steps=st.lists(st.integers(0, 2 * MICROSECONDS), max_size=40),
)
def test_c31_a_client_that_waits_as_the_answer_says_is_accepted(
    limit: int, processes: int, carried: list[int], steps: list[int]
) -> None:
    rate, now = Rate(name="default", limit=limit, window=7), 6 * MICROSECONDS
    log = SlidingLog(carried, processes)
    for number, step in enumerate(steps):
        now += step
        quota = log.take(rate, now, str(number))
        if not quota.allowed:
            now += quota.wait_us
            assert log.take(rate, now, f"again {number}").allowed
