"""CSV safety: write cells so that no spreadsheet runs them as formulas."""

import re
import unicodedata

# The characters that begin a formula, also in the full-width forms of East Asian keyboards (OWASP,
# "CSV Injection").
_STARTS = frozenset("=+-@\t\r\n")
# Characters that some programs drop before they look for a formula.
_BEFORE = " \"'\u00a0\u200b\ufeff"
# E.164 (ITU-T): a plus sign and up to fifteen digits; and numbers as people write them.
_HARMLESS = re.compile(r"\+[1-9][0-9]{1,14}|[+-]?[0-9]{1,300}(?:[.,][0-9]{1,300})?")
NEUTRAL = "'"


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may run a text as a formula; numbers such as ``+15555550123`` are harmless."""
    if text.startswith(NEUTRAL) or _HARMLESS.fullmatch(text):
        return False
    kept = text.lstrip(_BEFORE)
    return bool(kept) and unicodedata.normalize("NFKC", kept[0])[:1] in _STARTS


def safe_cell(text: str) -> str:
    """Return a cell that a spreadsheet shows as text: an apostrophe precedes possible formulas."""
    return NEUTRAL + text if is_formula(text) else text
