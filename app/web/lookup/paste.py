"""Read a contact out of pasted text: a profile's address, an e-mail signature, or a name and a company."""

import re

from app.domain.contacts.company_domain import read_domain
from app.domain.contacts.contact import RawContact
from app.domain.contacts.linkedin_profile import read_profile
from app.domain.contacts.text import clean_words

# A line with one of them is an address, a number or a link, and no name.
_NO_NAME = re.compile(r"[@/\d]|\.[a-z]{2,}", re.IGNORECASE)
_LINK = re.compile(r"[@/]|\.[a-z]{2,}", re.IGNORECASE)
# Between a name, a title and a company on one line.
_AT = re.compile(r" (?:at|bei|chez) | ?[|·•] ?")
MOST_LINES, MOST_LENGTH = 40, 300


def read_pasted(text: str) -> RawContact:
    """Return the contact that a text names; a part that it does not name is None.

    The first line of words is the name, unless it is a greeting with a comma behind it. The company stands behind
    ``at`` or a bar, or is the last line of words.
    """
    lines = [line for one in text.splitlines() if (line := " ".join(one[:MOST_LENGTH].split()))][:MOST_LINES]
    profile = read_profile(" ".join(lines)).slug
    links = [line for line in lines if _LINK.search(line) and "linkedin." not in line.lower()]
    words = [line for line in lines if not _NO_NAME.search(line) and not line.endswith(",")]
    parts = [part for line in words for part in _AT.split(line) if part]
    return RawContact(
        full_name=clean_words(parts[0]) if parts else None,
        company_domain=next((found for line in links if (found := read_domain(line).domain)), None),
        company_name=clean_words(parts[-1]) if len(parts) > 1 else None,
        linkedin_url=f"https://www.linkedin.com/in/{profile}" if profile else None,
    )
