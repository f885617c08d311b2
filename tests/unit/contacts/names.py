"""Names for the tests: read from texts as clients type them."""

from app.domain.contacts.names.person_name import read_name
from app.domain.contacts.text import clean_words


def read(first: str | None = None, last: str | None = None, full: str | None = None) -> tuple[str | None, ...]:
    """Read the members of a name: first, last and whole name, and the generation."""
    return tuple(read_name(clean_words(first), clean_words(last), clean_words(full)))
