"""CSV safety: write cells so that no spreadsheet runs them as formulas, and leave alone what none would run."""

import re
import unicodedata

from app.domain.contacts.text import normal_form

# The characters that begin a formula, also in the full-width, small and raised forms (OWASP, "CSV Injection").
_STARTS = frozenset("=+-@")
# A cell that begins with one of them may be divided there, so that its rest begins one.
_BREAKS = "\t\r\n"
_QUOTES = "\"'"
NEUTRAL = "'"

# One telephone number as people write it, with an extension (ITU-T E.123 and custom).
_PHONE = r"\+\(?[0-9](?:[ \u00a0()./\u2010-\u2013-]*[0-9]){5,19}\)?(?:[ ,;]*(?:ext\.?|extension|x|#)[ :=.]*[0-9]{1,8})?"
_HARMLESS = re.compile(
    # Numbers, amounts and percentages.
    r"[+-] ?[$€£¥]?(?:[0-9]+(?:[., '\u00a0\u202f][0-9]+)*|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?[ \u00a0\u202f]?[%‰$€£¥]?"
    rf"|{_PHONE}(?: ?[,;/] ?{_PHONE})*"
    # Names of accounts, which have no bracket, operator or sheet in them.
    r"|@[A-Za-z0-9_.]{1,50}(?:[ ,;]{1,3}@[A-Za-z0-9_.]{1,50})*"
    # Signs for "nothing" or "yes".
    r"|[+-]+",
    re.IGNORECASE,
)


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may run a text as a formula.

    Numbers, percentages, telephone numbers in the usual spellings and ``@handles`` are harmless: they call nothing.
    """
    if not text or text[0].isalnum() or text.startswith(NEUTRAL):
        return False
    kept = _visible(text)
    if not kept or normal_form("NFKC", kept[0])[:1] not in _STARTS:
        return text[0] in _BREAKS and bool(kept)
    return text[0] in _BREAKS or _HARMLESS.fullmatch(kept) is None


def _visible(text: str) -> str:
    """Cut off what programs drop before they look for a formula: blanks, controls, characters of no width, quotes."""
    start, end = 0, len(text)
    while start < end and _is_dropped(text[start]):
        start += 1
    while end > start and text[end - 1] not in _QUOTES and _is_dropped(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_dropped(character: str) -> bool:
    return character in _QUOTES or character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Mn", "Zs"}


def safe_cell(text: str) -> str:
    """Return a cell that a spreadsheet shows as text: an apostrophe precedes possible formulas."""
    return NEUTRAL + text if is_formula(text) else text
