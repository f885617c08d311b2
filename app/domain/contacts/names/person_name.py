"""Read a person's name: first name, last name, and one clean whole name, out of what people type."""

import re
from typing import NamedTuple

from app.domain.contacts.names import east_asian
from app.domain.contacts.names.division import divide, is_initial, is_particle
from app.domain.contacts.names.reading import NOTHING, NameReading, read_part, read_whole
from app.domain.contacts.names.words import BARE_TITLES, CREDENTIALS, GENERATIONS, TITLES
from app.domain.contacts.placeholders import WORDS

# Most names are words of this form, and none of these.
_SIMPLE = re.compile("[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})?")
_SPECIAL = TITLES | CREDENTIALS | GENERATIONS.keys() | WORDS | BARE_TITLES


class PersonName(NamedTuple):
    """A name as it is asked for.

    Attributes:
        first: First name.
        last: Last name with its particles, without generation.
        full: The whole name, in the order of its script.
        generation: ``Jr.``, ``III`` and the like: part of the identity, never asked for.
    """

    first: str | None = None
    last: str | None = None
    full: str | None = None
    generation: str | None = None


def read_name(first: str | None, last: str | None, full: str | None) -> PersonName:
    """Read a name from its members; a part that says nothing is None.

    First and last name win over a whole name; a whole name completes a single part.

    Args:
        first: First name in the client's spelling, cleaned by `clean_words`; so are the others.
        last: Last name. One that is an initial is replaced by that of the whole name.
        full: Whole name, in the order of its script, or with the last name in front of a comma.
    """
    if first and last and _is_simple(first) and _is_simple(last) and set(first.split()).isdisjoint(last.split()):
        return PersonName(first, last, f"{first} {last}")
    texts = (first, last, full)
    given, family = read_part(first, texts), read_part(last, texts, is_family=True)
    if given.last and not family.words:
        full, given = full or first, NOTHING  # a whole name that stands in one part
    elif family.last and not given.words:
        full, family = full or last, NOTHING
    elif given.last:
        given = given._replace(words=given.last)  # the first name of Moss, Rita
    given, family = _apart(given, family)
    hidden = is_initial(" ".join(family.words))
    is_short = is_initial(" ".join(given.words))
    whole = NOTHING if given.words and family.words and not hidden and not is_short else read_whole(full, texts)
    generation = family.generation or given.generation or whole.generation
    if is_short:
        given = _spelt_out(given, [] if hidden else family.words, whole)
        whole = NOTHING if family.words and not hidden else whole
    if not whole.words:
        return _named(given.words, [], family.words, generation)
    if given.words:
        return _complete_last(given.words, family.words, whole, generation)
    if family.words and not hidden:
        return _complete_first(family.words, whole, generation)
    return PersonName(_text(whole.first), _text(whole.last), _text(whole.words), generation)


def _apart(given: NameReading, family: NameReading) -> tuple[NameReading, NameReading]:
    """Return first and last name where one was given with the other: Rita Moss and Moss, Jan van der and Berg."""
    first, last = given.words, family.words
    folded, wanted = _folded(first), _folded(last)
    if len(first) > 1 and folded == wanted:
        division = divide(first, mixed=False)
        return given._replace(words=division.first + division.middle), family._replace(words=division.last)
    if last and len(first) > len(last) and folded[-len(last) :] == wanted:
        first = first[: -len(last)]
    elif first and len(last) > len(first) and wanted[: len(first)] == folded:
        last = last[len(first) :]
    while last and len(first) > 1 and first[-1].islower() and is_particle([*first, *last], len(first) - 1, mixed=True):
        first, last = first[:-1], [first[-1], *last]
    return given._replace(words=first), family._replace(words=last)


def _is_simple(text: str) -> bool:
    """Return whether a first or last name needs no reading; nothing but the time that it takes depends on it."""
    key = text.casefold()
    words = key.split(" ")
    if key in WORDS or not _SPECIAL.isdisjoint(words) or _SIMPLE.fullmatch(text) is None:
        return False
    # A word of one letter again and again, such as Aaa, is no name.
    return min(map(len, map(set, words))) > 1


def join_name(first: str | None, last: str | None) -> str | None:
    """Join first and last name to a whole one; in Chinese, Japanese and Korean the last name comes first."""
    if first and last and not first.isascii() and east_asian.is_asian(first) and east_asian.is_asian(last):
        return last + first
    return f"{first} {last}" if first and last else first or last or None


def _named(first: list[str], middle: list[str], last: list[str], generation: str | None) -> PersonName:
    given = _text([*first, *middle])
    # A middle initial that stands with the first name is not asked for.
    asked = [word for word in first if not is_initial(word)] or first
    return PersonName(_text(asked), _text(last), join_name(given, _text(last)), generation)


def _text(words: list[str]) -> str | None:
    return " ".join(words) or None


def _spelt_out(given: NameReading, last: list[str], whole: NameReading) -> NameReading:
    """Return the first name of a whole name of which only the initial was given; `last` is the last name, if known."""
    is_same = whole.last and (not last or _folded(whole.last) == _folded(last))
    if is_same and whole.first and len(whole.first[0].strip(".")) > 1:
        initial = given.words[0][:1].casefold()
        return given._replace(words=whole.first) if whole.first[0].casefold().startswith(initial) else given
    return given


def _complete_last(first: list[str], hidden: list[str], whole: NameReading, generation: str | None) -> PersonName:
    """Take the last name from a whole name that stands with a first name; `hidden` is the initial of one, if known."""
    if len(first) > 1 and _folded(first) == _folded(whole.words):
        return PersonName(_text(whole.first), _text(whole.last), _text(whole.words), generation)
    rest, is_behind = _remainder(whole.words, first)
    if rest is None:
        return _named(first, [], whole.last or (hidden or whole.words), generation)
    if not rest:
        return _named(first, [], hidden, generation)
    if not is_behind or east_asian.is_asian(" ".join(rest)):
        return _named(first, [], rest, generation)
    division = divide([first[-1], *rest], mixed=not "".join(rest).islower())
    return _named(first, [word for word in rest if word not in division.last], division.last, generation)


def _complete_first(last: list[str], whole: NameReading, generation: str | None) -> PersonName:
    """Take the first name from a whole name that stands with a last name."""
    if len(last) > 1 and _folded(last) == _folded(whole.words):
        return PersonName(_text(whole.first), _text(whole.last), _text(whole.words), generation)
    rest, _ = _remainder(whole.words, last)
    if rest is None:
        return _named(whole.first, whole.middle, last, generation)
    if not rest or east_asian.is_asian(" ".join(rest)):
        return _named(rest, [], last, generation)
    division = divide([*rest, last[-1]], mixed=False)
    return _named(division.first, division.middle, last, generation)


def _remainder(words: list[str], part: list[str]) -> tuple[list[str] | None, bool]:
    """Return what is left of a whole name without one part, and whether it stands behind it; None if it lacks it."""
    if east_asian.is_asian(text := "".join(words)) and (known := "".join(part)) in text:
        rest = text.removeprefix(known) if text.startswith(known) else text.removesuffix(known)
        return ([rest] if rest else []) if rest != text else None, text.startswith(known)
    folded, wanted = _folded(words), _folded(part)
    if folded[: len(wanted)] == wanted:
        return words[len(wanted) :], True
    if folded[-len(wanted) :] == wanted:
        return words[: -len(wanted)], False
    return None, False


def _folded(words: list[str]) -> list[str]:
    return [word.casefold().replace("\u2019", "'").strip(".") for word in words]
