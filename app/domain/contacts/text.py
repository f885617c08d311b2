"""Clean the texts of contacts: one normal form without control characters and surplus white space."""

import re
import unicodedata

MAX_NAME = 200
# No text of a contact is longer (URLs: 2048). Composing marks takes quadratic time: 1 MiB of them takes minutes.
_MAX_TEXT = 4096

# Blank characters: white space, controls, and invisible format characters. The list is our own, so that no version of
# Unicode changes it.
BLANK = r"\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u1680\u180e"
BLANK += r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb"
# Characters of no width, which stand in no address.
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_BLANKS = re.compile(f"[{BLANK}]+")


def clean_text(value: str | None) -> str | None:
    """Normalise a text to NFKC without control characters and surplus white space; None when nothing remains.

    The end of a text that is too long for any member is cut off.
    """
    if value is None:
        return None
    value = value[:_MAX_TEXT]
    if value.isascii() and value.isprintable():
        # The fast path for most texts: only their blanks change.
        return " ".join(value.split()) or None
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", value)).strip(" ") or None
