"""Judge the encoding of a file that nothing proves: by the letters of names, their case and their neighbours."""

import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from functools import cache
from itertools import islice

import msgspec

from app.dialects.tables import languages
from app.dialects.tables.languages import Alphabet, alphabet

# So many different words are judged.
MAX_WORDS = 1000
# So many are looked at.
MAX_FOUND = 200_000
_LENGTH = 40
_WORD = re.compile(rb"[\x80-\xff](?:[A-Za-z'\x80-\xff]|[@[\\\]^`{}~](?=[\x80-\xff])){0,%d}" % _LENGTH)
# Between two letters beyond ASCII they are the second byte of a Chinese one.
_SECOND_BYTES = frozenset("@[\\]^`{}~")
_BEFORE = re.compile(rb"[A-Za-z'\x80-\xff]{0,%d}\Z" % _LENGTH)
_LANGUAGES = {
    "w": languages.WESTERN,
    "c": languages.CENTRAL,
    "b": languages.BALTIC,
    "t": languages.TURKISH,
    "y": languages.CYRILLIC,
    "g": languages.GREEK,
    "s": languages.SEMITIC,
}
# Python's codecs with the languages for which programs write them; of equal readings the first counts.
_CANDIDATES: tuple[tuple[str, str], ...] = (
    ("cp1252", "w"),
    ("iso8859-15", "w"),
    ("mac_roman", "w"),
    ("cp850", "w"),
    ("cp1250", "c"),
    ("iso8859-2", "c"),
    ("mac_latin2", "c"),
    ("cp852", "c"),
    ("cp1251", "y"),
    ("koi8-r", "y"),
    ("koi8-u", "y"),
    ("mac_cyrillic", "y"),
    ("cp866", "y"),
    ("cp1254", "tw"),
    ("mac_turkish", "tw"),
    ("cp1257", "b"),
    ("cp1253", "g"),
    ("mac_greek", "g"),
    ("cp1255", "s"),
    ("cp1256", "s"),
)
CODECS = tuple(codec for codec, _ in _CANDIDATES)
# Points of a letter with two known neighbours as a three, with two as pairs, with one, and with none.
_BETWEEN, _BOTH, _ONE, _ALONE = 3.0, 2.0, 1.3, 0.4
# Of marks where they belong, such as in O'Neill, of others at a word, and of what spoils it.
_ELISION, _IN_PLACE, _BESIDE = 2.5, 1.0, -0.3
_FOREIGN, _FLAW = -2.0, -4.0
# Names of scripts that have capitals begin with one; the first letter beyond Latin.
_SMALL, _BEYOND_LATIN = -2.0, "\u0370"
_APOSTROPHES, _OPENING = frozenset("\u2019\u2018\u00b4"), frozenset("\u201c\u201e\u00ab\u2018\u00bf\u00a1")
_CLOSING = frozenset("\u201d\u00bb\u2019\u2026\u2122\u00ae\u00a9\u00aa\u00ba\u00b0\u00b2\u00b3\u20ac")
# What is no letter, whatever Unicode says.
_NO_LETTERS = frozenset("\u00aa\u00ba\u00b5\u0192\u02c6\u02dc")
# A reading must have so many points for each letter, and so many more than another for it to be no doubt; more of
# them where few letters speak.
LEAST, CLEAR, CLEAR_OF_ONE = 0.35, 0.5, 1.5
# Scripts beyond Latin have letters for most bytes, so that what is written in two bytes a letter looks like them.
LEAST_BEYOND_LATIN = 1.4
# At most this part of the words may be spoilt.
SPOILT = 0.2


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """The encoding that a file seems to have.

    Attributes:
        codec: Python's name.
        example: A word of the file as it is read; empty where its letters say little, so that it is the usual encoding.
        other: Another encoding that is as plausible, by Python's name.
        other_example: The word as that reads it.
    """

    codec: str
    example: str
    other: str | None = None
    other_example: str | None = None


def words_of(pieces: Iterable[bytes]) -> list[bytes]:
    """List the first different words with bytes beyond ASCII, each with what stands around it."""
    found: dict[bytes, None] = {}
    words = ((piece, word) for piece in pieces for word in _WORD.finditer(piece))
    for piece, word in islice(words, MAX_FOUND):
        before = _BEFORE.search(piece[max(word.start() - _LENGTH, 0) : word.start()])
        found[(before[0] if before else b"") + word[0]] = None
        if len(found) >= MAX_WORDS:
            break
    return list(found)


class _Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Words as one encoding has them, with the points of a letter, and which are spoilt."""

    codec: str
    text: list[str]
    count: int
    points: float
    spoilt: frozenset[int]

    @property
    def least(self) -> float:
        """The points of a letter that it must have to be believed."""
        letters = [letter for word in self.text for letter in word if not letter.isascii() and _is_letter(letter)]
        beyond = sum(letter >= _BEYOND_LATIN for letter in letters)
        return LEAST_BEYOND_LATIN if 2 * beyond > len(letters) else LEAST


def guess(words: Sequence[bytes], codecs: Container[str] = CODECS) -> Guess | None:
    """Judge the encoding of words, by those of `CODECS` that may be; None where no reading looks like names."""
    readings = (_read(words, codec, families) for codec, families in _CANDIDATES if codec in codecs)
    ranked = sorted(readings, key=lambda one: -one.points)
    if not ranked:
        return None
    best, *others = ranked
    if not _is_believed(best, best.least):
        # Letters by themselves and marks say nothing; where nothing speaks against it, it is what most programs write.
        western = next((one for one in ranked if one.codec == _CANDIDATES[0][0]), None)
        return Guess(codec=western.codec, example="") if western and _is_believed(western, 0.0) else None
    clear = CLEAR + CLEAR_OF_ONE / best.count
    for other in others:
        differ = [at for at, word in enumerate(best.text) if word != other.text[at]]
        is_whole = len(other.spoilt.intersection(differ)) <= SPOILT * len(differ)
        if differ and is_whole and other.points >= LEAST and best.points - other.points < clear:
            at = next((at for at in differ if at not in best.spoilt), differ[0])
            return Guess(codec=best.codec, example=best.text[at], other=other.codec, other_example=other.text[at])
    return Guess(codec=best.codec, example=_most_telling(best, others))


def _is_believed(reading: _Reading, least: float) -> bool:
    return reading.points >= least and len(reading.spoilt) <= SPOILT * len(reading.text)


def _read(words: Sequence[bytes], codec: str, families: str) -> _Reading:
    text = [word.decode(codec, "replace") for word in words]
    each = [_points(word, families) for word in text]
    count = max(sum(not letter.isascii() for word in text for letter in word), 1)
    spoilt = frozenset(at for at, (_, is_spoilt) in enumerate(each) if is_spoilt)
    points = sum(points for points, _ in each) / count
    return _Reading(codec=codec, text=text, count=count, points=points, spoilt=spoilt)


def _most_telling(best: _Reading, others: list[_Reading]) -> str:
    """Return a word of letters alone that most encodings read otherwise."""
    shown = [at for at, word in enumerate(best.text[:50]) if word.isalpha() and len(word) > 1] or [0]
    return best.text[max(shown, key=lambda at: sum(other.text[at] != best.text[at] for other in others))]


@cache
def _alphabets(families: str) -> tuple[Alphabet, ...]:
    return tuple(alphabet(words) for family in families for words in _LANGUAGES[family].values())


def _points(word: str, families: str) -> tuple[float, bool]:
    """Return how much a word looks like one of the languages, and whether a character of it cannot be meant."""
    padded = f" {word} "
    special = [at for at, letter in enumerate(padded) if not letter.isascii()]
    letters = [at for at in special if _is_letter(padded[at])]
    marks = [_mark(padded, at) for at in special if at not in letters]
    marks += [_FLAW for letter in padded if letter in _SECOND_BYTES]
    marks += [_FLAW for at in letters if _is_wrong_case(padded, at) or _is_mixed(padded, at)]
    points, folded = sum(marks), padded.lower()
    if letters and len(folded) == len(padded):
        points += max(_in_language(folded, letters, one) for one in _alphabets(families))
    if padded[1] >= _BEYOND_LATIN and padded[1].islower():
        points += _SMALL
    return points, _FLAW in marks


def _is_letter(character: str) -> bool:
    return character.isalpha() and character not in _NO_LETTERS


def _mark(word: str, at: int) -> float:
    """Return the points of what is no letter."""
    before, mark, after = _is_letter(word[at - 1]), word[at], _is_letter(word[at + 1])
    if mark in _APOSTROPHES and before and after:
        return _ELISION if not _is_letter(word[at - 2]) else _IN_PLACE
    is_none = mark not in _CLOSING and unicodedata.category(mark) in {"Cc", "Co", "Cn", "So", "Sk", "Mn"}
    is_run = not (before or word[at - 1].isascii()) or not (after or word[at + 1].isascii())
    if (before and after) or is_none or is_run:
        return _FLAW
    if not (before or after) or (after and mark in _OPENING) or (before and mark in _CLOSING):
        return _IN_PLACE
    return _BESIDE


def _is_wrong_case(word: str, at: int) -> bool:
    """Return whether no word has a letter's case: a capital behind a small letter, a small one among capitals."""
    before, letter, after = word[at - 1], word[at], word[at + 1]
    if letter.isupper():
        return before.islower() or (before.isupper() and after.islower())
    return letter.islower() and (after.isupper() or (before.isupper() and word[max(at - 2, 0)].isupper()))


def _is_mixed(word: str, at: int) -> bool:
    """Return whether a letter of another script is next to a Latin one."""
    beside = (word[at - 1], word[at + 1])
    return word[at] >= _BEYOND_LATIN and any(one.isalpha() and one < _BEYOND_LATIN for one in beside)


def _in_language(word: str, letters: Sequence[int], known: Alphabet) -> float:
    points = 0.0
    for at in letters:
        before, three = word[at - 1 : at + 1], word[at - 1 : at + 2]
        if word[at] not in known.letters:
            points += _FOREIGN
        elif len(word) == len(three):
            continue  # a letter by itself is a mark of something, such as a column
        elif three in known.threes:
            points += _BETWEEN
        else:
            points += (_ALONE, _ONE, _BOTH)[(before in known.pairs) + (three[1:] in known.pairs)]
    return points
