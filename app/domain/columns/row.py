"""Read the attributes of a contact out of the cells of a row, as its table's columns say."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from app.domain.columns.choice import ColumnChoice
from app.domain.columns.headings import Attribute
from app.domain.contacts.company_domain import read_domain
from app.domain.contacts.contact import MAX_URL
from app.domain.contacts.linkedin_profile import read_profile
from app.domain.contacts.placeholders import is_placeholder
from app.domain.contacts.text import clean_words

_PREFIX = Attribute.LAST_NAME_PREFIX
_PROFILE = re.compile(r"linkedin\.com/(?:[a-z]+/)?(?:in|pub)/", re.IGNORECASE)
_LINKEDIN = re.compile(r"linkedin\.", re.IGNORECASE)
_HOST = re.compile(r"(?<=[^\s<>,;:\"'()])@([^\s<>,;:\"'()@]+)")


class RowColumns:
    """The columns of a table by attribute, ready to read its rows.

    Attributes:
        names: For each attribute the name of its preferred column.
    """

    def __init__(self, choice: ColumnChoice) -> None:
        """Sort the columns by attribute, the preferred first."""
        by: dict[Attribute, list[int]] = {}
        for use in choice.uses:
            by.setdefault(use.attribute, []).append(use.place)
        self._emails = by.pop(Attribute.EMAIL, [])
        self._prefixes = by.pop(Attribute.LAST_NAME_PREFIX, [])
        self._by = by
        self._vague = {(use.attribute, use.place) for use in choice.uses if use.is_vague}
        self._columns = choice.names
        self.names = {attribute.value: choice.names[places[0]] for attribute, places in by.items()}

    def read(self, cells: Sequence[Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Read a row.

        Args:
            cells: Texts, or the values of a JSON object; missing ones at the end are empty.

        Returns:
            What it says by column, and for each attribute the column that fills it.
        """
        found: dict[Attribute, int] = {}
        for attribute, places in self._by.items():
            filled = [place for place in places if place < len(cells) and self._fills(attribute, place, cells[place])]
            if filled:
                found[attribute] = filled[0] if len(filled) == 1 else _first_usable(attribute, filled, cells)
        full = found.get(Attribute.FULL_NAME, -1)
        if (Attribute.FULL_NAME, full) in self._vague and {Attribute.FIRST_NAME, Attribute.LAST_NAME} <= found.keys():
            # "Name" may be anything there.
            del found[Attribute.FULL_NAME]
        values = {self._columns[place]: cells[place] for place in found.values()}
        names = {attribute: name for attribute, name in self.names.items() if name not in values}
        names |= {attribute.value: self._columns[place] for attribute, place in found.items()}
        if self._emails:
            self._add_domain(values, names, cells)
        if self._prefixes and Attribute.LAST_NAME in found:
            self._add_prefix(values, self._columns[found[Attribute.LAST_NAME]], cells)
        return values, names

    def _fills(self, attribute: Attribute, place: int, cell: object) -> bool:
        """Return whether a cell has something in it, and not what another attribute is made of."""
        if not isinstance(cell, str):
            return cell is not None
        if (attribute, place) in self._vague:
            if attribute is Attribute.LINKEDIN_URL:
                return _PROFILE.search(cell) is not None
            if attribute is Attribute.COMPANY_DOMAIN and _LINKEDIN.search(cell):
                return False
        return bool(cell) and not cell.isspace()

    def _add_domain(self, values: dict[str, Any], names: dict[str, str], cells: Sequence[Any]) -> None:
        """Take the company's domain from the person's work address where no other cell gives one."""
        given = values.get(names.get(Attribute.COMPANY_DOMAIN, ""))
        if isinstance(given, str) and _company(given):
            return
        for place in self._emails:
            domain = work_domain(cells[place]) if place < len(cells) else None
            if domain:
                values[self._columns[place]] = domain
                names[Attribute.COMPANY_DOMAIN] = self._columns[place]
                return

    def _add_prefix(self, values: dict[str, Any], column: str, cells: Sequence[Any]) -> None:
        """Put the prefix in front of the last name, unless the last name has it already."""
        filled = [place for place in self._prefixes if place < len(cells) and self._fills(_PREFIX, place, cells[place])]
        prefix, last = cells[filled[0]] if filled else None, values[column]
        if not isinstance(prefix, str) or not isinstance(last, str) or is_placeholder(clean_words(prefix) or ""):
            return
        if prefix.split() != last.split()[: len(prefix.split())]:
            values[column] = f"{prefix.strip()} {last}"


def work_domain(cell: object) -> str | None:
    """Return the domain of the first e-mail address in a cell that is a company's, not a mail service's."""
    for found in _HOST.finditer(cell) if isinstance(cell, str) else ():
        if domain := _company(found[1]):
            return domain
    return None


# Many contacts of a file are at one company.
@lru_cache(maxsize=4096)
def _company(text: str) -> str | None:
    return read_domain(text[:MAX_URL]).domain


def _first_usable(attribute: Attribute, places: Sequence[int], cells: Sequence[Any]) -> int:
    """Return the first cell that can be read; the first one where none can."""
    texts = (place for place in places if isinstance(cells[place], str))
    if attribute is Attribute.COMPANY_DOMAIN:
        texts = (place for place in texts if _company(cells[place]))
    elif attribute is Attribute.LINKEDIN_URL:
        texts = (place for place in texts if read_profile(cells[place][:MAX_URL]).slug)
    return next(texts, places[0])
