"""Cells of a CSV file that a spreadsheet will open: what it would run as a formula is turned into plain text."""

import re
import unicodedata

# What a spreadsheet takes for the beginning of a formula, the full-width forms of East Asian keyboards included (OWASP,
# "CSV Injection").
_STARTS = frozenset("=+-@\t\r\n")
# What may stand before it: some programs drop blanks and quotes before they look.
_BEFORE = " \"'\u00a0\u200b\ufeff"
# E.164 (ITU-T): a plus sign and up to fifteen digits; and numbers as people write them.
_HARMLESS = re.compile(r"\+[1-9][0-9]{1,14}|[+-]?[0-9]{1,300}(?:[.,][0-9]{1,300})?")
NEUTRAL = "'"


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet may run a cell's text; phone numbers as ``+15555550123`` and numbers are harmless."""
    if text.startswith(NEUTRAL) or _HARMLESS.fullmatch(text):
        return False
    kept = text.lstrip(_BEFORE)
    return bool(kept) and unicodedata.normalize("NFKC", kept[0])[:1] in _STARTS


def safe_cell(text: str) -> str:
    """Write a cell so that a spreadsheet shows it as text: with an apostrophe in front where it might be run."""
    return NEUTRAL + text if is_formula(text) else text
