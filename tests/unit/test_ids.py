"""Ids sort in the order of their making, whatever the clock does."""

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services import RandomBits, Uuid7Generator, uuid7

NOW_MS = 1_800_000_000_000
COUNTER_MAX = (1 << Uuid7Generator.COUNTER_BITS) - 1
steps_within_bounds = st.lists(st.integers(min_value=-Uuid7Generator.CLOCK_STEP_BACK_MS, max_value=60_000), max_size=50)


def milliseconds_of(uuid: UUID) -> int:
    return uuid.int >> 80


@given(steps=steps_within_bounds)
def test_ids_strictly_increase_although_the_clock_stands_still_or_steps_back(steps: list[int]) -> None:
    generator, latest, ids = Uuid7Generator(secrets.randbits), NOW_MS, [UUID(int=0)]
    for step in steps:
        ids.append(generator.next(latest + step))
        latest = max(latest, latest + step)
    assert all(earlier < later for earlier, later in pairwise(ids))


@given(milliseconds=st.integers(min_value=0, max_value=(1 << 48) - 1))
def test_ids_carry_version_seven_the_variant_and_the_time(milliseconds: int) -> None:
    made = Uuid7Generator(secrets.randbits).next(milliseconds)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert milliseconds_of(made) == milliseconds


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**41 - 1))
def test_an_id_as_text_is_the_id(milliseconds: int, chance: int) -> None:
    one, other = (Uuid7Generator(lambda bits: chance >> (41 - bits)) for _ in range(2))
    assert one.text(milliseconds) == str(other.next(milliseconds))


def test_the_clock_back_by_ten_seconds_keeps_the_last_millisecond() -> None:
    generator = Uuid7Generator(secrets.randbits)
    first, second = generator.next(NOW_MS), generator.next(NOW_MS - 10_000)
    assert first < second
    assert milliseconds_of(second) == NOW_MS


def test_a_longer_jump_back_starts_anew_at_the_new_time() -> None:
    generator = Uuid7Generator(secrets.randbits)
    generator.next(NOW_MS)
    assert milliseconds_of(generator.next(NOW_MS - 10_001)) == NOW_MS - 10_001


def test_a_full_counter_moves_on_by_a_millisecond() -> None:
    draws = iter([COUNTER_MAX, 0, 7, 0])
    generator = Uuid7Generator(lambda _bits: next(draws))
    first, second = generator.next(NOW_MS), generator.next(NOW_MS)
    assert milliseconds_of(first) == NOW_MS
    assert milliseconds_of(second) == NOW_MS + 1
    assert first < second


def test_the_counter_starts_at_random_with_its_first_bit_zero() -> None:
    asked: list[int] = []

    def draw(bits: int) -> int:
        asked.append(bits)
        return 0

    Uuid7Generator(draw).next(NOW_MS)
    assert asked == [Uuid7Generator.COUNTER_BITS - 1, Uuid7Generator.RANDOM_BITS]


def test_threads_share_the_generator_of_the_process() -> None:
    def draw(_number: int) -> list[UUID]:
        return [uuid7(NOW_MS) for _ in range(500)]

    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(draw, range(8)))
    assert all(earlier < later for ids in drawn for earlier, later in pairwise(ids))
    assert len({made for ids in drawn for made in ids}) == 8 * 500


def test_random_bits_have_the_length_that_is_asked_for() -> None:
    bits = RandomBits()
    for count in (1, 8, 32, 41):
        drawn = [bits(count) for _ in range(2 * RandomBits.SIZE)]
        assert max(drawn) < 1 << count
        assert max(drawn) >= 1 << count - 1
    assert len({bits(64) for _ in range(5000)}) == 5000


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_has_random_bits_of_its_own() -> None:
    bits = RandomBits()
    bits(32)
    read, write = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(write, str(bits(64)).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read) as told:
        assert int(told.read()) != bits(64)
