"""Company names: as they are written, without marks of trade and pictures."""

import re

from app.domain.contacts.placeholders import is_placeholder
from app.domain.contacts.text import clean_words

# ™ ® © ℠ ℗ Ⓡ, also in letters, and emoji.
_MARKS = re.compile(
    "[\u2122\u00ae\u00a9\u2120\u2117\u24c7\u2600-\u27bf\u2b50\u2b55\u20e3\U0001f000-\U0001faff]|\u1d40\u1d39|\u02e2\u1d39"
    "|(?<=\\S) ?\\((?:tm|r|sm)\\)",
    re.IGNORECASE,
)
# The one company whose name reads like a placeholder.
_NAMED_X = "X"


def clean_company(value: str | None) -> str | None:
    """Return a company's name without marks of trade; None where the text names none.

    Characters that are part of it stay, such as in ``m² Architekten``.
    """
    text = clean_words(value)
    text = clean_words(_MARKS.sub("", text)) if text else None
    return None if text is None or (is_placeholder(text) and text != _NAMED_X) else text
