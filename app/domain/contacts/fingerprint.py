"""Fingerprints: one digest for all spellings of one contact."""

import hashlib
import re
import string
from functools import cache

from app.domain.contacts.company_name import LEGAL_FORMS
from app.domain.contacts.contact import Contact
from app.domain.contacts.names.east_asian import is_asian
from app.domain.contacts.text import INVISIBLE, normal_form

FINGERPRINT_VERSION = "3"
# Apostrophes and hyphens as keyboards, word processors and transcriptions write them.
_APOSTROPHES = "\u2019\u2018\u201b\u02bc\u02bb\u02b9\u02bd\u02be\u02bf\u00b4`\u2032\u2035\uff07\u055a\ua78c\u05f3"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u207b\u02d7\u2043\u058a\u05be\u2e17\ufe58\ufe63\uff0d"
_FOLDED = {ord(sign): "'" for sign in _APOSTROPHES} | {ord(sign): "-" for sign in _HYPHENS}
_WITH_ACCENTS = frozenset(string.ascii_lowercase + "\u03b1\u03b5\u03b7\u03b9\u03bf\u03c5\u03c9")
_OWN_LETTERS = frozenset("äöüåøæ")
# Letters that Unicode does not take apart, the Russian ё, and Arabic and Persian letters and vowel marks of one use.
_ALIKE = {"ł": "l", "đ": "d", "ħ": "h", "ё": "е"}  # noqa: RUF001 - Cyrillic letters
_ALIKE |= dict.fromkeys("\u0623\u0625\u0622\u0671", "\u0627") | dict.fromkeys("\u0649\u064a", "\u06cc")
_ALIKE |= {"\u0643": "\u06a9", "\u0629": "\u0647"} | dict.fromkeys(map(chr, range(0x64B, 0x653)), "")
# Letters and accents that only Vietnamese has.
_VIETNAMESE = re.compile("[\u01a1\u01b0\u1ea0-\u1ef9]")
_SAYS_NOTHING = dict.fromkeys(map(ord, ',;"\u201c\u201d\u201e\u00ab\u00bb'), " ")
_LONG_FORMS = "and co|ltd sti|sp z oo|sp zoo"
_MOST_FORMS = 20  # behind one name; no name has so many
_LEGAL_FORM = re.compile(
    rf"(?<=.)(?: (?:{'|'.join(sorted(LEGAL_FORMS))}|{_LONG_FORMS})(?![^ ])){{1,{_MOST_FORMS}}}$"
    r"|^(?:株式会社|有限会社)|(?:株式会社|有限会社|股份有限公司|有限公司)$"
)
_AROUND_HYPHEN = re.compile(" ?- ?")


def fold(text: str) -> str:
    """Fold what spellings of one name differ in: case, width, apostrophes, hyphens and characters of no width.

    Accents stay, for `fold_person` to judge.
    """
    if text.isascii():
        return text.replace("`", "'").casefold() if "-" not in text else _folded(text)
    return _folded(text)


def _folded(text: str) -> str:
    signs = INVISIBLE.sub("", text).translate(_FOLDED)
    folded = normal_form("NFKC", normal_form("NFKC", signs).casefold()).translate(_FOLDED)
    # Turkish letters have other pairs of case, and the Arabic kashida only stretches a word.
    folded = folded.replace("i\u0307", "i").replace("\u0131", "i").replace("\u0640", "")
    return _AROUND_HYPHEN.sub("-", " ".join(folded.split()))


def fold_name(text: str) -> str:
    """Fold a person's name: dots say nothing, nor do blanks in Chinese, Japanese and Korean."""
    folded = fold(text)
    if not folded.isascii() and is_asian(folded):
        return folded.replace(" ", "")
    return " ".join(folded.replace(".", " ").split()) if "." in folded else folded


def fold_person(text: str) -> str:
    """Fold the name of a person for the identity: accents that many programs leave out, and hyphens, say nothing.

    ä, ö, ü, å, ø and æ are letters of their own, which programs write in several ways, so that they keep two people
    apart: Müller, Muller and Mueller. So do the accents of Vietnamese names: Hòa and Hoa are two.
    """
    folded = fold_name(text)
    if folded.isascii() or not is_asian(folded):
        folded = " ".join(folded.replace("-", " ").split())
    if folded.isascii() or _VIETNAMESE.search(folded):
        return folded
    return _without_accents(folded)


def _without_accents(text: str) -> str:
    return text if text.isascii() else normal_form("NFC", "".join(map(_without_accent, text)))


@cache
def _without_accent(letter: str) -> str:
    base = normal_form("NFD", letter)[0]
    return base if base in _WITH_ACCENTS and letter not in _OWN_LETTERS else _ALIKE.get(letter, letter)


def fold_company(text: str) -> str:
    """Fold a company's name: accents, marks and the legal form say nothing: ``Acme, Inc.`` and ``ACME`` are one."""
    folded = _without_accents(fold(text))
    words = folded.replace(".", "").replace("&", " and ").translate(_SAYS_NOTHING).split()
    bare = _LEGAL_FORM.sub("", " ".join(words)).strip()
    return bare or " ".join(words) or folded


def fingerprint(contact: Contact) -> bytes:
    """Return the fingerprint of a contact: the digest of its normal form, equal for all spellings.

    Returns:
        32 bytes (SHA-256); the version of the rules is part of the hashed text.
    """
    identity: tuple[str, ...] = (
        FINGERPRINT_VERSION,
        fold_person(contact.name or ""),
        # A last name alone is asked for in another way than a first name alone.
        "" if contact.first_name or not contact.last_name else "last",
        contact.generation or "",
        contact.company_domain or "",
        fold_company(contact.company_name) if contact.company_name else "",
        contact.linkedin_slug or "",
    )
    if contact.email:
        identity = (*identity, contact.email)
    return hashlib.sha256("\x1f".join(identity).encode()).digest()
