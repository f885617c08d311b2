"""Choose which columns of a file fill the attributes of a contact, by their headings and by what the client says."""

from collections.abc import Container, Iterable, Iterator, Sequence

import msgspec

from app.domain.columns import headings
from app.domain.columns.headings import Attribute
from app.domain.columns.recognition import fold, folded, known_headings, recognise

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
    # The last number given for a name, so that many equal names take linear time.
    last: dict[str, int] = {}
    for name in columns:
        unique = name
        while unique in found:
            last[name] = last.get(name, 1) + 1
            unique = f"{name}_{last[name]}"
        found[unique] = None
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
    known = known_headings().get(fold(name))
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
    keys = [recognise(name, slips=slips) for name in names]
    attributes = {known[0] for key in keys if (known := known_headings().get(key))}
    found = []
    for place, key in enumerate(keys):
        if known := known_headings().get(key):
            found.append(ColumnUse(place=place, attribute=known[0], rank=known[1]))
        vague = _vague(key, keys, attributes)
        found += [ColumnUse(place=place, attribute=attribute, rank=_LAST, is_vague=True) for attribute in vague]
    return found


def _vague(key: str, keys: Sequence[str], attributes: set[Attribute]) -> tuple[Attribute, ...]:
    """Return what a heading means that another heading, or each cell, decides."""
    if key in folded(headings.LAST_OR_FULL):
        has_first = any(one in folded(headings.FIRST_OF_LAST) for one in keys)
        return (Attribute.LAST_NAME if has_first and Attribute.LAST_NAME not in attributes else Attribute.FULL_NAME,)
    if key in folded(headings.FIRST_OR_FULL):
        has_last = Attribute.LAST_NAME in attributes and Attribute.FIRST_NAME not in attributes
        return (Attribute.FIRST_NAME if has_last else Attribute.FULL_NAME,)
    if key in folded(headings.PAGES):
        return Attribute.LINKEDIN_URL, Attribute.COMPANY_DOMAIN
    return (Attribute.COMPANY_DOMAIN,) if key in folded(headings.COMPANY_PAGES) else ()
