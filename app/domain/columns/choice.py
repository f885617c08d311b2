"""Choose which columns of a file fill the attributes of a contact, by their headings and by what the client says."""

import re
import unicodedata
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby

import msgspec

from app.domain.columns import headings
from app.domain.columns.headings import HEADINGS, Attribute

# Letters that Unicode does not take apart into a Latin one and its mark.
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
# Longer headings are compared by their beginning.
MAX_HEADING = 100
# Rows with more cells are headings only if one is known without a slip.
MAX_WITH_SLIPS = 60
# The rank of a heading that may mean something else.
_LAST = 100


# Columns by attribute, as the client says, the preferred first; no other column fills such an attribute.
ColumnMapping = tuple[tuple[Attribute, tuple[str, ...]], ...]


class ColumnUse(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is read.

    Attributes:
        place: From 0, from the left.
        rank: Its place in the order of preference of its attribute; of equal ones the left one is read first.
        is_vague: Whether its heading may mean something else: "Name" a part of the name, or a page the company's. Each
            cell then decides (`row`).
    """

    place: int
    attribute: Attribute
    rank: int = 0
    is_vague: bool = False


class ColumnChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a table that are read, those of an attribute in the order of preference.

    Attributes:
        names: All columns as they were given; of equal names the later ones are numbered (`distinct`).
        uses: The columns that are read.
    """

    names: tuple[str, ...]
    uses: tuple[ColumnUse, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that are not read; those without a name are not listed."""
        read = {use.place for use in self.uses}
        return tuple(name for place, name in enumerate(self.names) if place not in read and name.strip())


class UnknownColumnError(ValueError):
    """A mapping names a column that the file lacks."""

    def __init__(self, name: str) -> None:
        """Keep the name."""
        super().__init__(name)
        self.name = name


def fold(name: str) -> str:
    """Return a heading without case, accents, blanks and punctuation: ``Prénom `` and ``PRENOM`` are the same."""
    if name.isascii():
        return "".join(filter(str.isalnum, name.lower()))
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    return "".join(filter(str.isalnum, decomposed))


def free_name(name: str, taken: Container[str]) -> str:
    """Return a name, or the same with the first number that is free: ``note``, ``note_2``."""
    unique, number = name, 1
    while unique in taken:
        number += 1
        unique = f"{name}_{number}"
    return unique


def distinct(columns: Iterable[str]) -> tuple[str, ...]:
    """Number columns that have the same name, for objects have each member once."""
    found: dict[str, None] = {}
    for name in columns:
        found[free_name(name, found)] = None
    return tuple(found)


def choose(names: Sequence[str], mapping: ColumnMapping = (), *, must_exist: bool = True) -> ColumnChoice:
    """Choose the columns of a table, or the members of an object.

    Args:
        names: The headings.
        mapping: What the client says. An attribute without a column stays empty.
        must_exist: Whether each column of the mapping must be there.

    Raises:
        UnknownColumnError: One is not.
    """
    mapped = list(_mapped(names, mapping, must_exist=must_exist))
    taken, said = {use.place for use in mapped}, {attribute for attribute, _ in mapping}
    found = [use for use in _known(names) if use.attribute not in said and use.place not in taken]
    order = sorted((*mapped, *found), key=lambda use: (use.rank, use.place))
    return ColumnChoice(names=distinct(names), uses=tuple(order))


def score(names: Sequence[str], mapping: ColumnMapping = ()) -> tuple[int, int, int]:
    """Return how much a row looks like the headings of a table.

    Returns:
        Columns of the mapping that it names; twice the attributes that its headings name, and one for those that are
        vague or have a slip; and cells with anything in them.
    """
    folded = {fold(name) for name in names} if mapping else set()
    mapped = sum(fold(name) in folded for _, columns in mapping for name in columns)
    uses = _known(names, slips=False)
    known, is_vague = {use.attribute for use in uses if not use.is_vague}, any(use.is_vague for use in uses)
    if not uses and len(names) <= MAX_WITH_SLIPS:
        is_vague = bool(_known(names))
    return mapped, 2 * len(known) + is_vague, sum(bool(name.strip()) for name in names)


def attribute_named(name: str) -> Attribute | None:
    """Return the attribute that a heading names, as `HEADINGS` has it."""
    known = _table().get(fold(name[:MAX_HEADING]))
    return known[0] if known else None


def _mapped(names: Sequence[str], mapping: ColumnMapping, *, must_exist: bool) -> Iterator[ColumnUse]:
    for attribute, columns in mapping:
        for rank, column in enumerate(columns):
            places = [place for place, name in enumerate(names) if name == column]
            places = places or [place for place, name in enumerate(names) if fold(name) == fold(column)]
            if not places and must_exist:
                raise UnknownColumnError(column)
            yield from (ColumnUse(place=place, attribute=attribute, rank=rank) for place in places)


def _known(names: Sequence[str], *, slips: bool = True) -> list[ColumnUse]:
    """List the columns that are known by their headings."""
    keys = [_key(name, slips=slips) for name in names]
    attributes = {known[0] for key in keys if (known := _table().get(key))}
    found = []
    for place, key in enumerate(keys):
        if known := _table().get(key):
            found.append(ColumnUse(place=place, attribute=known[0], rank=known[1]))
        vague = _vague(key, keys, attributes)
        found += [ColumnUse(place=place, attribute=attribute, rank=_LAST, is_vague=True) for attribute in vague]
    return found


def _vague(key: str, keys: Sequence[str], attributes: set[Attribute]) -> tuple[Attribute, ...]:
    """Return what a heading means that another heading, or each cell, decides."""
    if key in _folded(headings.LAST_OR_FULL):
        has_first = any(one in _folded(headings.FIRST_OF_LAST) for one in keys)
        return (Attribute.LAST_NAME if has_first and Attribute.LAST_NAME not in attributes else Attribute.FULL_NAME,)
    if key in _folded(headings.FIRST_OR_FULL):
        has_last = Attribute.LAST_NAME in attributes and Attribute.FIRST_NAME not in attributes
        return (Attribute.FIRST_NAME if has_last else Attribute.FULL_NAME,)
    if key in _folded(headings.PAGES):
        return Attribute.LINKEDIN_URL, Attribute.COMPANY_DOMAIN
    return (Attribute.COMPANY_DOMAIN,) if key in _folded(headings.COMPANY_PAGES) else ()


@cache
def _table() -> dict[str, tuple[Attribute, int]]:
    """Return every known heading, folded, with its attribute and its rank within it."""
    found: dict[str, tuple[Attribute, int]] = {}
    for attribute, groups in HEADINGS.items():
        for rank, group in enumerate(groups):
            for heading in group:
                found.setdefault(fold(heading), (attribute, rank))
    return found


@cache
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, names))


@cache
def _known_keys() -> frozenset[str]:
    others = (headings.LAST_OR_FULL, headings.FIRST_OR_FULL, headings.PAGES, headings.COMPANY_PAGES)
    return frozenset(_table()).union(*map(_folded, others))


def _key(name: str, *, slips: bool = True) -> str:
    """Return the known heading that a column has, folded: as it is, without noise, or with a slip; else as it is."""
    whole = fold(name[:MAX_HEADING])
    if whole in _known_keys():
        return whole
    words = deque(fold(word) for word in _WORD.findall(_CAMEL.sub(" ", name[:MAX_HEADING])))
    while words and words[0] in headings.LEADING:
        words.popleft()
    while words and words[-1] in headings.TRAILING:
        words.pop()
    # Some exports write whose field it is twice, as in Account: Account Name.
    bare = "".join(word for word, _ in groupby(words))
    if bare in _known_keys():
        return bare
    if not slips:
        return whole
    meant = {known for known in _folded(headings.WITH_SLIPS) if is_slip(bare, known)}
    attributes = {_table()[known][0] for known in meant}
    return min(meant) if len(attributes) == 1 and whole not in _folded(headings.NO_SLIPS) else whole


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
