"""Filters of a list of runs, and the words by which runs are searched."""

import re
from datetime import datetime
from uuid import UUID

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.contacts.fingerprint import fold_name
from app.domain.contacts.text import fold_accents
from app.domain.vocabulary import EnrichmentType, ResultStatus, RunStatus
from app.domain.waterfall.result import Result

MIN_SEARCH = 2
MAX_SEARCH = 100
_ID_BEGINS = re.compile(r"[0-9a-f]{4,32}")


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs of an owner, or jobs and batches by their runs; None lets all pass. Times are UTC.

    Attributes:
        key: The id of a key, or the beginning of its text.
        domain: The company's domain, exactly.
        search: The beginning of a name, last name, domain, found address or run id.
    """

    status: RunStatus | None = None
    result_status: ResultStatus | None = None
    type: EnrichmentType | None = None
    key: str | None = None
    domain: str | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


EVERY = RunFilter()


class SearchWords(msgspec.Struct, frozen=True, kw_only=True):
    """The words by which a run is searched; None where it has none."""

    search_name: str | None
    search_last_name: str | None
    search_domain: str | None
    search_address: str | None


def search_words(contact: Contact | None, result: Result | None) -> SearchWords:
    """Return the words of a run: of a name of which only the whole is known, the last word counts as last name."""
    whole = contact.name if contact else None
    name = fold_search(whole) if whole else None
    last = fold_search(contact.last_name) if contact and contact.last_name else name and name.rsplit(" ", 1)[-1]
    return SearchWords(
        search_name=name or None,
        search_last_name=last or None,
        search_domain=contact.company_domain if contact else None,
        search_address=found_address(result),
    )


def fold_search(text: str) -> str:
    """Fold a name as it is searched: José is found by ``jose`` as well."""
    folded = fold_name(text)
    return folded if folded.isascii() else fold_accents(folded)


def found_address(result: Result | None) -> str | None:
    """Return the address that was found, as it is searched."""
    value = result.email.value if result and result.email else None
    return value.casefold() if value else None


def id_range(search: str) -> tuple[UUID, UUID] | None:
    """Return the first and the last id that begin like a text of at least four hexadecimal digits; None for others."""
    digits = search.lower().replace("-", "")
    if not _ID_BEGINS.fullmatch(digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
