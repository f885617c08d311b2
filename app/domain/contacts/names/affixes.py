"""Remove titles in front of a name and degrees behind it; read the generation (Jr., III)."""

import re
from typing import NamedTuple

from app.domain.contacts.names.letter_case import VOWEL
from app.domain.contacts.names.words import (
    BARE_BEFORE_WHOLE,
    BARE_TITLES,
    BEFORE_FACULTIES,
    BEFORE_FIRST_NAMES,
    BEFORE_TITLES,
    CREDENTIALS,
    DOTTED_TITLES,
    FACULTIES,
    GENERATIONS,
    REMARKS,
    SHORT_CREDENTIALS,
    TITLES,
)

_ACRONYM = 6  # letters of the longest that is taken for a degree which no list has
_LONG_ACRONYM = 4  # letters that are more than initials
_ROMAN = frozenset({"ii", "iii", "iv", "v"})
# A degree by its form: CEng, MIMechE, MPharm, FInstP, DiS.
_DEGREE = re.compile(
    "[ABCDEFGILM]{1,3}(?:Eng|Sc|Phil|Ed|Math|Phys|Chem|Arch|Pharm|Mus|Env|Stat|Res|Comp|Acc|Com|Tech|Biol|Clin|Psych|Soc|Fin|Inst[A-Z]?"
    "|Mech|StructE)[A-Z]?|(?:Th|Jur)D|Di[Ss]|ThLic"
)
_NAMES_TOO = frozenset({"filho", "neto", "júnior", "junior"})
_BEHIND = TITLES | {"ing"}
_WHOLE = 2  # words of a whole name


class BareName(NamedTuple):
    """A name without titles and degrees.

    Attributes:
        words: In their order.
        generation: ``Jr.``, ``III`` and the like.
        title: The last title in front of it, in lower case; "" if it has none.
    """

    words: list[str]
    generation: str | None = None
    title: str = ""


def _key(word: str) -> str:
    return word.casefold().replace(".", "").strip(",'\u2019")


def strip_affixes(words: list[str], *, is_part: bool, mixed: bool) -> BareName:
    """Remove titles and degrees from the words of a name.

    Args:
        words: As they are typed, with their dots.
        is_part: It is a first or a last name alone.
        mixed: The name has small letters, so that capitals say something.
    """
    start, title = _titles_end(words)
    end, generation = len(words), None
    while end - start > 1:
        word, key = words[end - 1], _key(words[end - 1])
        remaining = end - 1 - start
        if _is_generation(word, key, remaining + (1 if is_part else 0), mixed=mixed):
            generation = GENERATIONS[key]
            end -= words[end - 2] == "the"
        elif not (
            _is_credential(word, key, is_behind=is_part or remaining >= _WHOLE, mixed=mixed)
            or (key in _BEHIND and word.endswith("."))
        ):
            break
        end -= 1
    kept = words[start:end]
    while len(kept) > _WHOLE and _key(kept[0]) in CREDENTIALS:
        kept = kept[1:]
    return BareName(kept, generation, title)


def _titles_end(words: list[str]) -> tuple[int, str]:
    """Return how many words in front are titles, and the last of them."""
    index, title = 0, ""
    while index < len(words):
        word, key = words[index], _key(words[index])
        follows = index + 1 < len(words)
        is_title = (
            key in TITLES
            or (follows and key in DOTTED_TITLES and word.endswith("."))
            or (follows and key in BARE_TITLES)
            or (title in {"rt", "the", "very"} and key in {"hon", "rev"})
            or (title in {"tan", "dato", "datuk"} and key in {"sri", "seri"})
            or (title in BEFORE_FACULTIES and word in {"n.", "n"} and follows and _key(words[index + 1]) in FACULTIES)
            or (word in BARE_BEFORE_WHOLE and index + _WHOLE < len(words))
            or (title in BEFORE_FACULTIES and key in FACULTIES and (word.endswith(".") or key == "hc"))
            or key.startswith(("dipl-", "dr-"))
            or (
                key in BEFORE_TITLES
                and follows
                and _key(words[index + 1]) in TITLES | {"rev", "univ", "hon"} | ({"sri"} if key == "tan" else set())
            )
        )
        if not is_title:
            break
        if key not in FACULTIES | {"n"}:
            title = key
        index += 1
    return index, title


def _is_generation(word: str, key: str, remaining: int, *, mixed: bool) -> bool:
    if key not in GENERATIONS:
        return False
    if key in _ROMAN:
        return (word.isupper() or (not mixed and word.islower())) and (key != "v" or remaining >= _WHOLE)
    if (word.rstrip(".").count(".") > 0) != (key in {"dj", "dä"}):
        return False  # J.R. are initials, and d.J. is German for junior
    return key not in _NAMES_TOO or remaining >= _WHOLE


def _is_credential(word: str, key: str, *, is_behind: bool, mixed: bool) -> bool:
    """Return whether a word is a degree; `is_behind` says that a whole name stands in front of it."""
    if key in CREDENTIALS:
        return is_behind or not word.istitle()  # Mba is a last name
    if is_behind and mixed and _DEGREE.fullmatch(word.rstrip(".")):
        return True
    if key not in SHORT_CREDENTIALS or not is_behind:
        return False
    if "." in word.rstrip("."):
        return True
    # Without a vowel it is no name, whatever its letters are.
    return word.isupper() and (mixed or not VOWEL.search(word))


def read_tail(piece: list[str], before: list[str], *, is_part: bool, mixed: bool) -> tuple[bool, str | None]:
    """Judge what stands behind the comma of a name.

    Args:
        piece: Its words.
        before: The words in front of the comma.
        is_part: It is a first or a last name alone.
        mixed: The name has small letters.

    Returns:
        Whether it is no name (degrees, titles, a remark about work), and the generation that it names.
    """
    generation = None
    whole = is_part or len(before) >= _WHOLE
    for word in piece:
        key = _key(word)
        if _is_generation(word, key, _WHOLE, mixed=mixed) and key not in _NAMES_TOO:
            generation = GENERATIONS[key]
        elif not (
            key in TITLES
            or (key in DOTTED_TITLES | FACULTIES and word.endswith("."))
            or _is_credential(word, key, is_behind=whole, mixed=mixed or whole)
            or (mixed and whole and _is_acronym(word, key))
            or any(character.isdigit() for character in word)
        ):
            is_remark = _key(piece[0]) in {*CREDENTIALS, "dipl", "leed"} or any(
                _key(other) in REMARKS for other in piece
            )
            return is_remark and bool(before) and whole, None
    return True, generation


def _is_acronym(word: str, key: str) -> bool:
    """Return whether a word is a degree that no list has: XYZP, ChFC, L.I.O.N., but not the initials J.R."""
    if word.endswith("."):
        return word.isupper() and len(key) >= _LONG_ACRONYM
    return 1 < len(key.replace("-", "")) <= _ACRONYM and (word.isupper() or word[-2:].isupper())


def is_before_first_name(title: str) -> bool:
    """Return whether a title stands before first names, as Sir does, so that one word behind it is no last name."""
    return title in BEFORE_FIRST_NAMES
