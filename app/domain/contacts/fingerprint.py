"""Fingerprints: one digest for all spellings of one contact."""

import hashlib
import re
import unicodedata

from app.domain.contacts.contact import Contact
from app.domain.contacts.names.east_asian import is_asian
from app.domain.contacts.text import INVISIBLE

FINGERPRINT_VERSION = "2"
# Apostrophes and hyphens as keyboards, word processors and transcriptions write them.
_APOSTROPHES = "\u2019\u2018\u201b\u02bc\u02bb\u02b9\u02bd\u02be\u02bf\u00b4`\u2032\u2035\uff07\u055a\ua78c\u05f3"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u207b\u02d7\u2043\u058a\u05be\u2e17\ufe58\ufe63\uff0d"
_FOLDED = {ord(sign): "'" for sign in _APOSTROPHES} | {ord(sign): "-" for sign in _HYPHENS}
_SAYS_NOTHING = dict.fromkeys(map(ord, ',;"\u201c\u201d\u201e\u00ab\u00bb'), " ")
_AROUND_HYPHEN = re.compile(" ?- ?")


def fold(text: str) -> str:
    """Fold what spellings of one name differ in: case, width, apostrophes, hyphens and characters of no width.

    Accents stay: Müller and Muller may be two people at one company.
    """
    if text.isascii():
        return text.replace("`", "'").casefold() if "-" not in text else _folded(text)
    return _folded(text)


def _folded(text: str) -> str:
    signs = INVISIBLE.sub("", text).translate(_FOLDED)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", signs).casefold()).translate(_FOLDED)
    # Turkish letters have other pairs of case, and the Arabic kashida only stretches a word.
    folded = folded.replace("i\u0307", "i").replace("\u0131", "i").replace("\u0640", "")
    return _AROUND_HYPHEN.sub("-", " ".join(folded.split()))


def fold_name(text: str) -> str:
    """Fold a person's name: dots say nothing, nor do blanks in Chinese, Japanese and Korean."""
    folded = fold(text)
    if is_asian(folded):
        return folded.replace(" ", "")
    return " ".join(folded.replace(".", " ").split()) if "." in folded else folded


def fold_company(text: str) -> str:
    """Fold a company's name: full stops, commas and quotes say nothing, as in ``Acme, Inc.``."""
    return " ".join(fold(text).replace(".", "").translate(_SAYS_NOTHING).split()) or fold(text)


def fingerprint(contact: Contact) -> bytes:
    """Return the fingerprint of a contact: the digest of its normal form, equal for all spellings.

    Returns:
        32 bytes (SHA-256); the version of the rules is part of the hashed text.
    """
    identity: tuple[str, ...] = (
        FINGERPRINT_VERSION,
        fold_name(contact.name or ""),
        # A last name alone is asked for in another way than a first name alone.
        "" if contact.first_name or not contact.last_name else "last",
        contact.generation or "",
        contact.company_domain or "",
        fold_company(contact.company_name or ""),
        contact.linkedin_slug or "",
    )
    if contact.email:
        identity = (*identity, contact.email)
    return hashlib.sha256("\x1f".join(identity).encode()).digest()
