"""Tokens of callback URLs: 43 base62 characters, stored only as a digest."""

import hashlib
import itertools

from app.domain.waterfall.callback_token import ALPHABET, LENGTH, callback_url, mint_token, token_digest
from tests.rows import each_row


def test_each_character_of_a_token_is_chosen_from_the_alphabet() -> None:
    asked: list[str] = []
    letters = itertools.cycle("aZ9")

    def choose(alphabet: str) -> str:
        asked.append(alphabet)
        return next(letters)

    assert mint_token(choose) == ("aZ9" * LENGTH)[:LENGTH]
    assert asked == [ALPHABET] * LENGTH


def test_a_token_is_stored_as_its_sha256() -> None:
    assert token_digest("a" * LENGTH) == hashlib.sha256(b"a" * LENGTH).digest()


@each_row("text", ["", "a" * (LENGTH - 1), "a" * (LENGTH + 1), "a" * (LENGTH - 1) + "-", "é" * LENGTH])
def test_a_text_that_cannot_be_a_token_has_no_digest(text: str) -> None:
    assert token_digest(text) is None


def test_the_url_names_the_vendor_and_the_token() -> None:
    assert callback_url("https://api.example", "apollo", "t") == "https://api.example/api/v1/callbacks/apollo/t"
