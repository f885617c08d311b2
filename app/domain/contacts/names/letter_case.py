"""Write names that came in capitals or in small letters as they are usually written."""

import re

from app.domain.contacts.names.words import SMALL

_PART = re.compile(r"[^\W_]+")
# Of the Latin, Greek and Cyrillic alphabets.
VOWEL = re.compile(
    "[aeiouy\u00e0-\u00e6\u00e8-\u00ef\u00f2-\u00f6\u00f8-\u00fd\u00ff\u0131\u0153\u03ac-\u03af\u03b1\u03b5\u03b7\u03b9\u03bf"
    "\u03c5\u03c9-\u03ce\u0430\u0435\u0438\u043e\u0443\u044b\u044d-\u044f\u0451\u0454\u0456\u0457]",
    re.IGNORECASE,
)
# An apostrophe behind these begins a part of its own: O'Brian, D'Angelo, but not Ka'ahumanu.
_ELIDED = frozenset({"o", "d", "l", "n", "m", "dell", "dall", "sant", "all"})
_LONGEST = 6  # characters of the longest of them, with what stands around it
_BREAK = re.compile(r"[\W_]")
_APOSTROPHES = "'\u2019\u02bc\u2018`\u00b4"
_SHORT = 2
_ARABIC = frozenset({"al", "el", "an", "ar", "as", "ash", "at", "ad", "ibn", "bin", "ben", "ul", "ur", "ud"})


def recased(words: list[str], *, is_family: bool = False) -> list[str]:
    """Return words with capitals as usual, if they have none or nothing else.

    Args:
        words: Of one name, in its order.
        is_family: It is a last name, so that the first word may be a particle.
    """
    text = "".join(words)
    if not (text.isupper() or text.islower()):
        return [
            _titled(word) if word.isupper() and len(word) > _SHORT and VOWEL.search(word) else word for word in words
        ]
    last = len(words) - 1
    return [
        word.lower()
        if word.casefold() in SMALL and index < last and (index or is_family)
        else _word(word, is_family=is_family)
        for index, word in enumerate(words)
    ]


def _word(word: str, *, is_family: bool) -> str:
    if word.isupper() and len(word) <= _SHORT and not (is_family and VOWEL.search(word)):
        return word  # initials without dots, such as JP
    return _titled(word)


def _titled(word: str) -> str:
    """Begin each part of a word with a capital."""

    def part(found: re.Match[str]) -> str:
        text, before = found[0], word[max(0, found.start() - _LONGEST) : found.start()]
        small = text.replace("\u0130", "i").lower()
        if before and before[-1] in _APOSTROPHES:
            start = _BREAK.split(before[:-1])[-1].casefold()
            if start not in _ELIDED or len(small) <= _SHORT:
                return small
        if not before and small in _ARABIC and word[found.end() : found.end() + 1] == "-":
            return small
        if small.startswith("mc") and len(small) > len("mcx") and small.isascii():
            return f"Mc{small[2:].capitalize()}"
        # The capital of i keeps its dot where it had one.
        return "\u0130" + small[1:] if text[0] == "\u0130" else small[:1].title() + small[1:]

    return _PART.sub(part, word)
