"""Divide the words of a whole name into first, middle and last names."""

from typing import NamedTuple

from app.domain.contacts.names import east_asian
from app.domain.contacts.names.words import (
    ARTICLES,
    BEFORE_ARTICLES,
    CONJUNCTIONS,
    DEVOTIONS,
    DEVOTIONS_OF,
    IRISH,
    JOINED_BY_DOT,
    JOINERS,
    JOINERS_OF_LAST,
    LOWER_PARTICLES,
    NOBLE,
    OF,
    PARTICLES,
    RANKS,
    SPANISH,
    VIETNAMESE,
)


class Division(NamedTuple):
    """The words of a name, divided."""

    first: list[str]
    middle: list[str]
    last: list[str]


def divide(words: list[str], *, mixed: bool) -> Division:
    """Divide the words of a name in western order.

    Args:
        words: Without titles and degrees, at least one.
        mixed: The name has capitals and small letters, so that small particles say where the last name begins.
    """
    if len(words) == 1:
        return Division(words, [], [])
    if _is_last_alone(words, mixed=mixed):
        return Division([], [], words)
    start = _first_length(words)
    for index in range(start, len(words) - 1):
        if words[index] in CONJUNCTIONS and index > start:
            return _first_names(words[: index - 1], words[index - 1 :], start)
        if is_particle(words, index, mixed=mixed):
            # Pérez de la Cruz is one last name.
            is_doubled = index > start and words[index].casefold() in OF and words[index - 1].casefold() in SPANISH
            begin = index - is_doubled
            return _first_names(words[:begin], words[begin:], start)
    is_joined = words[-2].casefold() in JOINERS_OF_LAST
    last = 2 if len(words) > start + 1 and (is_joined or _has_two_last_names(words, start)) else 1
    return _first_names(words[:-last], words[-last:], start)


def _has_two_last_names(words: list[str], start: int) -> bool:
    """Return whether father's and mother's last names stand at the end; the father's may be a frequent one alone."""
    father, mother = (word.casefold() in SPANISH for word in words[-2:])
    # Martín is a first name too.
    is_spanish = len(words) > start + 2 or not words[-2].isascii()
    return father and (mother or (is_spanish and words[-2].casefold() not in {"martin", "martín"}))


def _is_last_alone(words: list[str], *, mixed: bool) -> bool:
    """Return whether a name begins with its last name: von Moltke, Graf von Moltke."""
    rank, after = words[0].casefold(), words[1].casefold()
    if rank in RANKS and rank != "baron" and after in NOBLE:
        return True
    return mixed and words[0].islower() and is_particle(words, 0, mixed=mixed)


def _first_names(given: list[str], last: list[str], start: int) -> Division:
    """Separate first and middle names; an initial in front of a middle name is not the first name."""
    if is_initial(given[0]):
        named = next((index for index, word in enumerate(given) if not is_initial(word)), None)
        if named is not None:
            return Division([given[named]], given[:named] + given[named + 1 :], last)
    return Division(given[:start], given[start:], last)


def divide_given(words: list[str]) -> tuple[list[str], list[str]]:
    """Separate first and middle names where no last name stands with them."""
    if not words:
        return [], []
    division = _first_names(words, [], min(_first_length([*words, ""]), len(words)))
    return division.first, division.middle


def is_particle(words: list[str], index: int, *, mixed: bool) -> bool:
    """Return whether a word, with another one behind it, is a particle such as ``van``: a last name begins with it."""
    word = words[index]
    key = word.casefold().strip(".'\u2019")
    if key == "o":
        return "." not in word and words[index + 1].casefold() in IRISH
    after = words[index + 1].casefold().strip("'\u2019")
    if (key in BEFORE_ARTICLES and after in ARTICLES) or (key in RANKS and after in NOBLE):
        return True
    if key in {"van", "le"} and word[:1].isupper() and words[-1].casefold() in VIETNAMESE:
        return False
    return key in PARTICLES and not (key in LOWER_PARTICLES and (not mixed or word[:1].isupper()))


def _first_length(words: list[str]) -> int:
    """Return how many words in front are one first name."""
    key = words[0].casefold().rstrip(".")
    if key in {"maría", "maria", "mª"} and words[1].casefold() in {"del", "de", "da", "do", "das"}:
        ends = [index + 1 for index, word in enumerate(words[:-1]) if word.casefold() in DEVOTIONS]
        return max(ends, default=1)
    if key in JOINERS and (key not in JOINED_BY_DOT or words[0].endswith(".")):
        return 2
    is_of = len(words) > len("abc") and words[1].casefold() == "de" and DEVOTIONS_OF.get(key) == words[2].casefold()
    return len("abc") if is_of else 1


def is_initial(name: str) -> bool:
    """Return whether a name is initials alone, such as ``M.``; a Chinese or Korean character is a whole name."""
    letters = [character for character in name if character.isalpha()]
    if not letters or east_asian.is_asian("".join(letters)):
        return False
    return len(letters) == 1 or ("." in name and all(len(part) == 1 for part in name.replace(".", " ").split()))
