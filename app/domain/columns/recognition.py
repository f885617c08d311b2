"""Recognise the headings of people's files: whatever their case, accents, word order, company words and slips."""

import html
import re
from collections import deque
from functools import cache
from itertools import groupby, pairwise

from app.domain.columns import headings, wording
from app.domain.columns.headings import HEADINGS, Attribute
from app.domain.contacts.text import fold_accents

# Longer headings are compared by their beginning.
MAX_HEADING = 100
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TAG = re.compile(r"</?\w{1,10}\s*/?>")
_WORD = re.compile(r"[^\W_]+")
_E_MAIL = re.compile(r"\be[-_ ]mail", re.IGNORECASE)
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_OR = re.compile(r"[/|]| (?:or|oder|ou|o|of) ")
_OF_A_PERSON = frozenset({Attribute.FIRST_NAME, Attribute.LAST_NAME, Attribute.FULL_NAME})


def fold(name: str) -> str:
    """Return a heading without case, accents, blanks and punctuation: ``Prénom `` and ``PRENOM`` are the same.

    Of a longer one than 100 characters the beginning counts.
    """
    name = _plain(name)
    return "".join(filter(str.isalnum, name.lower() if name.isascii() else fold_accents(name)))


def _plain(name: str) -> str:
    """Return the beginning of a heading; web pages leave tags and entities in it."""
    name = name[:MAX_HEADING]
    return html.unescape(_TAG.sub(" ", name)) if "<" in name or "&" in name else name


@cache
def known_headings() -> dict[str, tuple[Attribute, int]]:
    """Return every heading of the table, folded, with its attribute and its rank within it."""
    found: dict[str, tuple[Attribute, int]] = {}
    for attribute, groups in HEADINGS.items():
        for rank, group in enumerate(groups):
            for heading in group:
                found.setdefault(fold(heading), (attribute, rank))
    return found


@cache
def folded(names: tuple[str, ...]) -> frozenset[str]:
    """Fold several headings."""
    return frozenset(map(fold, names))


@cache
def _keys() -> frozenset[str]:
    others = (headings.LAST_OR_FULL, headings.FIRST_OR_FULL, headings.PAGES, headings.COMPANY_PAGES)
    return frozenset(known_headings()).union(*map(folded, others))


def recognise(name: str, *, slips: bool = True) -> str:
    """Return the known heading that a column has, folded; its own one where none is known.

    Args:
        name: As it was given.
        slips: Whether one letter may be wrong.
    """
    whole = fold(name)
    if whole in _keys():
        return whole
    return (
        _without_noise(name) or _by_words(name) or _alternative(name) or (_with_slip(name) if slips else None) or whole
    )


def _words(name: str) -> list[str]:
    name = _E_MAIL.sub("email", _plain(name)).replace("LinkedIn", "Linkedin")
    return [fold(word) for word in _WORD.findall(_CAMEL.sub(" ", name))]


def _bare(name: str) -> str:
    words = deque(_words(name))
    while words and words[0] in wording.LEADING:
        words.popleft()
    while words and words[-1] in wording.TRAILING:
        words.pop()
    # Some exports write whose field it is twice, as in Account: Account Name.
    return "".join(word for word, _ in groupby(words))


def _without_noise(name: str) -> str | None:
    """Return what a heading means without the words before and behind it."""
    bare = _bare(name)
    return bare if bare in _keys() else None


def _alternative(name: str) -> str | None:
    """Return what a heading means that has a remark or several names: First name (given), Company/Account."""
    parts = _OR.split(_REMARK.sub("", name[:MAX_HEADING]))
    known = known_headings()
    keys = [key for part in parts if (key := fold(part)) in known or (key := _without_noise(part) or "") in known]
    return keys[0] if len({known[key][0] for key in keys}) == 1 else None


def _signature(words: list[str]) -> str:
    """Return the words that say what a heading means, in one order, synonyms as one."""
    return " ".join(sorted({wording.SYNONYMS.get(word, word) for word in words if word not in wording.FILLERS}))


@cache
def _signatures() -> dict[str, str]:
    """Return the heading of each signature; none where headings of several attributes have it."""
    found: dict[str, set[str]] = {}
    for attribute in HEADINGS:
        for group in HEADINGS[attribute]:
            for heading in group:
                found.setdefault(_signature(_words(heading)), set()).add(fold(heading))
    known = known_headings()
    return {
        signature: min(keys, key=lambda key: known[key][1])
        for signature, keys in found.items()
        if signature and len({known[key][0] for key in keys}) == 1
    }


@cache
def _one_or_full() -> tuple[list[str], ...]:
    keys = folded((*headings.LAST_OR_FULL, *headings.FIRST_OR_FULL)) - {"name"}
    return tuple([key] for key in keys)


def _by_words(name: str) -> str | None:
    """Return what a heading means by its words in any order: Name of the company, Site de l'entreprise."""
    words = _words(name)
    if len(words) == 1 or fold(name) in folded(wording.NOT_BY_WORDS):
        return None
    own = [word for word in words if word not in wording.FILLERS and word not in wording.PEOPLE]
    # Nom du contact is the last name where Prénom du contact is a column too.
    if own != words and own in _one_or_full():
        return own[0]
    if key := _signatures().get(_signature(words)):
        return key
    # "Last contact" is a day, not a name.
    if any(word in {"first", "last"} and after in wording.PEOPLE for word, after in pairwise(words)):
        return None
    rest = "".join(own)
    key = rest if rest in _keys() else _signatures().get(_signature(own), "")
    attribute = known_headings().get(key, (None,))[0]
    is_of_person = attribute in _OF_A_PERSON or key in folded((*headings.LAST_OR_FULL, *headings.FIRST_OR_FULL))
    return key if is_of_person else None


def _with_slip(name: str) -> str | None:
    """Return the one heading from which this one is a slip away."""
    bare = _bare(name)
    if fold(name) in folded(wording.NO_SLIPS):
        return None
    meant = {known for known in folded(wording.WITH_SLIPS) if is_slip(bare, known)}
    return min(meant) if len({known_headings()[known][0] for known in meant}) == 1 else None


def is_slip(word: str, known: str) -> bool:
    """Return whether a word is another one with a letter wrong, missing or too much, or two neighbours exchanged."""
    if abs(len(word) - len(known)) > 1:
        return False
    same = next((place for place, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), None)
    if same is None:
        return True
    left, right = word[same:], known[same:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[2:] == right[2:] and left[:2] == right[1::-1])
    )
