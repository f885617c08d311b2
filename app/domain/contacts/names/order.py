"""Recognise whole names whose last name stands in front without a comma: by its capitals, or by the language."""

import re

from app.domain.contacts.names.languages import (
    CHINESE,
    HONG_KONG,
    HUNGARIAN,
    HUNGARIAN_GIVEN,
    KOREAN,
    NO_FAMILY,
    SURELY_VIETNAMESE,
    VIETNAMESE_MIDDLE,
)
from app.domain.contacts.names.letter_case import VOWEL
from app.domain.contacts.names.words import JOINERS, PARTICLES, SPANISH, VIETNAMESE

_LONG = 3  # letters of a word that is written in capitals on purpose
_PARTICLES_AND_NAME = 3  # words of van den Berg
# Letters that only Vietnamese has.
_VIETNAMESE_LETTER = re.compile("[\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")
# Endings of last names in Cyrillic and Greek, and of the names after the father, which stand behind the first name.
_FAMILY = re.compile(
    r"\w{3,}(?:[оеё]ва?|[сц]к(?:ий|ая)|енко|[чщ]ук)|\w{2,}(?:π[οό]υλοσ|πούλου|ίδησ|ίδου|άκησ|ιάδησ|όγλου)"
)
_FAMILY_LATIN = re.compile(r"(?:[oe]va?|ina?|sk(?:y|iy|ij|aya)|enko|[cn]huk)\Z")
_PATRONYMIC = re.compile(r"(?:[оеёй]вич|[оеі]вна|ївна|ична|[oe]vich|[oe]vna|ichna)\Z")  # noqa: RUF001 - Cyrillic letters
_KOREAN_GIVEN = re.compile("[A-Z][a-z]{1,5}-[a-z]{1,6}")


def family_length(words: list[str], *, mixed: bool) -> int:
    """Return how many words in front of a whole name are its last name; 0 where it is in western order.

    Args:
        words: Without titles and degrees.
        mixed: The name has capitals and small letters, so that capitals say something.
    """
    if len(words) == 1:
        return 0
    return (_of_capitals(words) if mixed else 0) or _of_particles(words) or _of_language(words)


def capitals_length(words: list[str]) -> int:
    """Return how many words at the end are a last name in capitals, as in Juan GARCÍA LÓPEZ."""
    count = 0
    while count < len(words) - 1 and _is_shouted(words[-1 - count]):
        count += 1
    others = words[: len(words) - count]
    return 0 if any(map(str.isupper, others)) else count


def is_family_inside(words: list[str]) -> bool:
    """Return whether the last name stands behind the first of several names, as in Hong Kong: Peter CHAN Tai Man."""
    return len(words) > 1 and words[1] in HONG_KONG and not any(map(str.isupper, words[:1] + words[2:]))


def is_vietnamese_order(words: list[str]) -> bool:
    """Return whether a name begins with the last name as in Vietnam, where it is written so in every script."""
    first, last = words[0].casefold(), words[-1].casefold()
    if first not in VIETNAMESE or last in VIETNAMESE:
        return False
    is_marked = _VIETNAMESE_LETTER.search("".join(words)) is not None
    return is_marked or first in SURELY_VIETNAMESE or any(word.casefold() in VIETNAMESE_MIDDLE for word in words[1:-1])


def _is_shouted(word: str) -> bool:
    if not word.removeprefix("Mc").isupper() or "." in word:
        return False
    return word.casefold() in PARTICLES or (sum(map(str.isalpha, word)) >= _LONG and VOWEL.search(word) is not None)


def _of_capitals(words: list[str]) -> int:
    count = 0
    while count < len(words) and (_is_shouted(words[count]) or (not count and words[0] in CHINESE)):
        count += 1
    if not 0 < count < len(words) or words[0].casefold() in JOINERS or words[count - 1].casefold() in PARTICLES:
        return 0
    return 0 if any(word.isupper() and len(word) > 1 for word in words[count:]) else count


def _of_particles(words: list[str]) -> int:
    """Return the length of a last name with two particles in front of a first name: van den Berg Jan."""
    keys = [word.casefold() for word in words]
    if len(words) <= _PARTICLES_AND_NAME or not PARTICLES.issuperset(keys[:2]) or not PARTICLES.isdisjoint(keys[2:]):
        return 0
    behind = keys[_PARTICLES_AND_NAME:]
    return _PARTICLES_AND_NAME + next((index for index, key in enumerate(behind) if key not in SPANISH), len(behind))


def _of_language(words: list[str]) -> int:
    first, last = words[0].casefold(), words[-1].casefold()
    # A wife may have her husband's name: Lászlóné. Double names are written with a hyphen.
    is_hungarian = (
        not HUNGARIAN.isdisjoint(first.split("-"))
        and first not in HUNGARIAN_GIVEN
        and last.removesuffix("né") in HUNGARIAN_GIVEN
        and last not in HUNGARIAN
    )
    is_korean = first in KOREAN and len(words) == len("ab") and _KOREAN_GIVEN.fullmatch(words[1]) is not None
    return 1 if is_hungarian or is_korean or is_vietnamese_order(words) or _is_by_endings(first, last, words) else 0


def _is_by_endings(first: str, last: str, words: list[str]) -> bool:
    """Return whether a Russian or Greek last name stands in front, as its ending shows."""
    if len(words) == len("ab"):
        is_family = _FAMILY.fullmatch(first) is not None and first not in NO_FAMILY
        return is_family and not (_FAMILY.fullmatch(last) or _PATRONYMIC.search(last))
    if len(words) != len("abc") or not _PATRONYMIC.search(last) or _PATRONYMIC.search(words[1].casefold()):
        return False
    return not last.isascii() or _FAMILY_LATIN.search(first) is not None
