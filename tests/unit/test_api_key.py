"""API keys: their shape, their checksum, and that only one of ours is ever looked up."""

import random  # noqa: TID251 - a fixed seed, so that the keys are the same in every run
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accounts.api_key import ALPHABET, digest, display, mint, old_checksum, parse
from app.domain.vocabulary import Mode

CHANCE = random.Random(7)  # noqa: S311 - makes test data, no secret
PEPPER, ANOTHER = b"p" * 32, b"q" * 32
KEY = mint("leadmodule", Mode.LIVE, CHANCE.choice, PEPPER)


def test_a_minted_key_has_the_published_shape() -> None:
    prefix, mode, secret = KEY.split("_")
    assert (prefix, mode, len(secret)) == ("lm", "live", 36)
    parsed = parse(KEY, PEPPER)
    assert parsed is not None
    assert (parsed.plan, parsed.mode, parsed.digest, parsed.is_old) == (
        "leadmodule",
        Mode.LIVE,
        digest(KEY),
        False,
    )


@pytest.mark.parametrize(
    ("plan", "mode", "start"), [("leadsonar", Mode.TEST, "ls_test_"), ("leadmodule", Mode.TEST, "lm_test_")]
)
def test_prefix_and_mode_say_plan_and_mode(plan: str, mode: Mode, start: str) -> None:
    key = mint(plan, mode, CHANCE.choice, PEPPER)
    assert key.startswith(start)
    parsed = parse(key, PEPPER)
    assert parsed is not None
    assert (parsed.plan, parsed.mode) == (plan, mode)


@given(st.integers(0, len(KEY) - 1), st.sampled_from(string.printable))
def test_a_typo_anywhere_is_refused(place: int, letter: str) -> None:
    typo = KEY[:place] + letter + KEY[place + 1 :]
    assert (parse(typo, PEPPER) is None) == (typo != KEY)


@given(st.text(max_size=60))
def test_no_text_crashes_the_parser(text: str) -> None:
    parse(text, PEPPER)


def test_what_is_shown_of_a_key_does_not_give_it_away() -> None:
    assert KEY.startswith(display(KEY))
    assert len(display(KEY)) == 12
    assert set(KEY.split("_")[2]) <= set(ALPHABET)


def test_a8_nobody_without_the_pepper_makes_a_key_that_is_looked_up() -> None:
    assert parse(mint("leadmodule", Mode.LIVE, CHANCE.choice, ANOTHER), PEPPER) is None
    assert parse(mint("leadmodule", Mode.LIVE, CHANCE.choice, b""), PEPPER) is None


def test_a8_keys_made_before_there_was_a_pepper_are_told_apart() -> None:
    head = KEY[:-6]
    parsed = parse(head + old_checksum(head), PEPPER)
    assert parsed is not None
    assert parsed.is_old
