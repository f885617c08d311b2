"""Read one text of a name: the words that are the name, and how they divide if it is a whole one."""

import re
from typing import NamedTuple

from app.domain.contacts.names import east_asian, marks
from app.domain.contacts.names.affixes import BareName, is_before_first_name, read_tail, strip_affixes
from app.domain.contacts.names.division import Division, divide, divide_given, is_particle
from app.domain.contacts.names.letter_case import recased
from app.domain.contacts.names.order import capitals_length, family_length, is_family_inside, is_vietnamese_order
from app.domain.contacts.names.words import OTHER_NAMES, OTHER_NAMES_BETWEEN
from app.domain.contacts.placeholders import is_placeholder

# Given names that people have; programs write the placeholder in small letters or in capitals.
_GIVEN_NAMES = frozenset({"Nan", "Nil"})
_AMBIGUOUS = "NA"  # R's missing value, and a last name where all is in capitals
_EDGES = ",:;!?*-~#&/\\\u2026\u2013\u2014"
# Spreadsheets write an apostrophe in front of a text; 't and 's are Dutch.
_MARK = re.compile(r"^['\u2019](?=\w[^\W\d_])(?![sS]-)")
# Titles of Thailand are written without a blank.
_THAI_TITLE = re.compile("^(?:นางสาว|นาย|นาง(?!สาว)|คุณ|ดร\\.|น\\.ส\\.) ?(?=[\u0e01-\u0e5b]{2})")
_NO_LAST_NAMES = frozenset({"dr", "mr", "mrs", "ms", "mx", "prof"})
_ABBREVIATIONS = frozenset({"st", "ma"})


class NameReading(NamedTuple):
    """One text as it was read.

    Attributes:
        first: First name, if the text is a whole name.
        middle: Other first names.
        last: Last name.
        generation: ``Jr.``, ``III`` and the like.
        words: All words, in the order of the script.
    """

    first: list[str]
    middle: list[str]
    last: list[str]
    generation: str | None
    words: list[str]


NOTHING = NameReading([], [], [], None, [])


def _is_missing(text: str, texts: tuple[str | None, ...], *, is_family: bool) -> bool:
    if text == _AMBIGUOUS:
        others = [other for other in texts if other and other != text]
        return not (others and all(map(str.isupper, others)))
    return is_placeholder(text) and (is_family or text not in _GIVEN_NAMES)


def read_part(text: str | None, texts: tuple[str | None, ...], *, is_family: bool = False) -> NameReading:
    """Read a first or a last name; it has first and last names of its own where a comma shows both."""
    if text is None or _is_missing(text, texts, is_family=is_family):
        return NOTHING
    bare, tail = _pieces(text, is_part=True)
    words = bare.words
    if is_family:
        words = _particles_first([*words, *tail] if tail and _are_particles(tail) else words)
        tail = [] if _are_particles(tail) else tail
    if is_family and not words and text.isalpha() and text.casefold() not in _NO_LAST_NAMES:
        words = [text]  # such as Herr
    return NameReading([], [], tail, bare.generation, recased(words, is_family=is_family))


def _are_particles(words: list[str]) -> bool:
    return bool(words) and all(word.islower() and is_particle([word, ""], 0, mixed=True) for word in words)


def _particles_first(words: list[str]) -> list[str]:
    """Put particles in front that stand behind a last name, as Dutch lists are sorted: Berg van der."""
    cut = next((at for at in range(1, len(words)) if _are_particles(words[at:])), len(words))
    return [*words[cut:], *words[:cut]]


def read_whole(text: str | None, texts: tuple[str | None, ...]) -> NameReading:
    """Read a whole name; `texts` are all members of the name."""
    if text is None or _is_missing(text, texts, is_family=True):
        return NOTHING
    bare, tail = _pieces(text, is_part=False)
    if east_asian.is_asian(" ".join(bare.words)):
        return _read_asian(" ".join(bare.words), tail)
    if tail:
        # Particles may stand behind the first name: Berg, Jan van der.
        cut = len(tail)
        while cut and tail[cut - 1].islower() and is_particle([*tail, ""], cut - 1, mixed=True):
            cut -= 1
        given, last = recased(tail[:cut]), recased([*tail[cut:], *_particles_first(bare.words)], is_family=True)
        first, middle = divide_given(given)
        return NameReading(first, middle, last, bare.generation, [*given, *last])
    return _read_western(bare, text) if bare.words else NOTHING


def _read_western(bare: BareName, text: str) -> NameReading:
    mixed = not (text.isupper() or text.islower())
    is_of_title = bare.title and not is_before_first_name(bare.title)
    if len(bare.words) == 1 and (is_of_title or _is_divided(text)):
        last = recased(bare.words, is_family=True)
        return NameReading([], [], last, bare.generation, last)
    if length := family_length(bare.words, mixed=mixed):
        return _read_family_first(bare, length)
    division = divide(bare.words, mixed=mixed)
    if is_family_inside(bare.words):
        division = Division(bare.words[:1], bare.words[2:], bare.words[1:2])
    if mixed and (length := capitals_length(bare.words)) > len(division.last):
        first, middle = divide_given(bare.words[:-length])
        division = Division(first, middle, bare.words[-length:])
    first, middle = recased(division.first), recased(division.middle)
    last = recased(division.last, is_family=True)
    order = [*middle, *first] if bare.words[0] in division.middle else [*first, *middle]
    return NameReading(first, middle, last, bare.generation, [*order, *last])


def _is_divided(text: str) -> bool:
    """Return whether a comma behind a name has nothing behind it, as where the first name of Last, First is missing."""
    _, comma, behind = text.partition(",")
    return bool(comma) and (not behind.strip() or is_placeholder(behind.strip()))


def _read_family_first(bare: BareName, length: int) -> NameReading:
    last, given = recased(bare.words[:length], is_family=True), recased(bare.words[length:])
    if is_vietnamese_order(bare.words):
        # There the first name stands at the end.
        return NameReading(given[-1:], given[:-1], last, bare.generation, [*last, *given])
    first, middle = divide_given(given)
    return NameReading(first, middle, last, bare.generation, [*given, *last])


def _read_asian(text: str, tail: list[str]) -> NameReading:
    name = east_asian.without_address(text)
    if tail:
        return NameReading(tail, [], [name], None, [name, *tail])
    given, family = east_asian.split_asian(name)
    if name != text and len(name) == 1:
        given, family = None, name  # as in 王先生
    return NameReading([given] if given else [], [], [family] if family else [], None, name.split(" "))


def _pieces(text: str, *, is_part: bool) -> tuple[BareName, list[str]]:
    """Return the name in front of a comma without its affixes, and the words of a name behind it."""
    pieces = [text] if marks.is_plain(text) else marks.pieces_of(marks.without_marks(text))
    mixed = not (text.isupper() or text.islower())
    head: BareName | None = None
    tail: list[str] = []
    generation = None
    for piece in pieces:
        is_behind_latin = head is not None and bool(head.words) and not east_asian.is_asian(" ".join(head.words))
        words = _words(piece, is_part=is_part or is_behind_latin, mixed=mixed)
        if head is None or not head.words:
            title = head.title if head else ""
            head = strip_affixes(words, is_part=is_part, mixed=mixed)
            head = head._replace(title=head.title or title)
            continue
        is_other, named = read_tail(words, head.words, is_part=is_part, mixed=mixed)
        generation = generation or named
        if not is_other and not tail:
            bare = strip_affixes(words, is_part=is_part, mixed=mixed)
            tail, generation = [_undotted(word) for word in bare.words], generation or bare.generation
    if head is None:
        return BareName([]), []
    words = [_undotted(word) for word in head.words]
    return head._replace(words=words, generation=head.generation or generation), tail


def _words(piece: str, *, is_part: bool, mixed: bool) -> list[str]:
    """Split a piece into words; placeholders among them are dropped, and one script where there are two."""
    words = [
        word
        for raw in _THAI_TITLE.sub("", piece).split()
        if any(map(str.isalpha, word := _MARK.sub("", raw.strip(_EDGES))))
    ]
    # What stands behind née is another name of the person.
    other = next((index for index, word in enumerate(words[1:-1], 1) if _is_other_name(word, mixed=mixed)), len(words))
    # Of Robert aka Bob Stone, the first name is another one.
    words = [*words[:1], *words[3:]] if other == 1 and not is_part else words[:other]
    for length in (3, 2):
        if len(words) >= length and is_placeholder(" ".join(words[-length:])):
            words = words[:-length]
    words = [
        word
        for index, word in enumerate(words)
        if len(word) == 1
        or not is_placeholder(word)
        or (index == 0 and word in _GIVEN_NAMES)
        or (word == _AMBIGUOUS and not mixed)
    ]
    asian = [word for word in words if east_asian.is_asian(word)]
    if asian and len(asian) < len(words):
        latin = [word for word in words if word not in asian]
        return latin if is_part or len(latin) > 1 else asian
    return words


def _is_other_name(word: str, *, mixed: bool) -> bool:
    return word.strip(".") in OTHER_NAMES or (mixed and word in OTHER_NAMES_BETWEEN)


def _undotted(word: str) -> str:
    """Remove a full stop that belongs to no initial."""
    bare = word.rstrip(".")
    if len(bare) <= 1 or "." in bare or bare.casefold() in _ABBREVIATIONS:
        return bare + "." if word != bare else bare
    return bare
