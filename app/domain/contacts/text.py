"""Clean the texts of contacts: one normal form without control characters, invisible ones and surplus white space."""

import html
import re
import unicodedata
from typing import Literal
from urllib.parse import unquote

MAX_NAME = 200
# No text of a contact is longer (URLs: 2048).
_MAX_TEXT = 4096
# Marks on one letter: the Stream-Safe Text Format (Unicode Standard Annex 15, section 13) has no more.
MAX_MARKS = 30
# Letters by their own class, whose decomposition begins with a mark.
_LIKE_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")

# Characters of no width. The lists are our own, so that no version of Unicode changes them.
_NO_WIDTH = r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
_NO_WIDTH += r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
# They join or part letters of Arabic, of the Indic scripts and of their neighbours; elsewhere they are invisible too.
_JOINERS = r"\u200c\u200d"
_JOINED = r"\u0600-\u08ff\u0900-\u109f\u1780-\u18af\ua8e0-\ua8ff\ua9e0-\uaa7f\uabc0-\uabff"
# Blanks: white space and controls.
_SPACES = r"\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
BLANK = _SPACES + _NO_WIDTH + _JOINERS
# Characters of no width, which stand in no address.
INVISIBLE = re.compile(rf"[{_NO_WIDTH}{_JOINERS}\U000e0000-\U000e01ef]")
_REMOVED = re.compile(rf"[{_NO_WIDTH}\U000e0000-\U000e01ef]|[{_JOINERS}](?![{_JOINED}])|(?<![{_JOINED}])[{_JOINERS}]")
# A first byte of UTF-8 with one that follows it, both read as letters and signs, by Windows or by a Mac.
_MANGLED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0161\u0178-\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|[\u00ac\u221a\u0192\u2248\u201a][\u0080-\uffff]"
)
# What a program escaped for a page, a link or a statement, and nobody unescaped: O&#39;Neill, Rita%20Moss, O\\'Neill.
_ESCAPED = re.compile(
    r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);|%(?:20|27)(?=\w)|(?:%c[2-9a-f]%[89ab][0-9a-f])+|\\(?=['\u2019])|(?<=\w)'(?='\w)",
    re.IGNORECASE,
)
_BLANKS = re.compile(f"[{_SPACES}]+")
# Letters that are no base letter with an accent.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
# Letters in another font or width, ligatures and the shapes of joined letters: they look different and say the same.
_STYLED = re.compile(
    "[\ufb00-\ufefc\uff01-\uffef\U0001d400-\U0001d7ff\u2102\u210a-\u2113\u2115\u2119-\u211d\u2124\u2128\u212c-\u2134]+"
    "|[\u24b6-\u24e9]{2,}|[\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189]{2,}"
)
# White letters on black, and small capitals, which Unicode does not take apart.
_PLAIN = {first + at: chr(ord("A") + at) for first in (0x1F150, 0x1F170) for at in range(26)}
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")


def normal_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return a text in a normal form of Unicode; of the marks on one letter, those beyond 30 are left out.

    Python puts marks in order in quadratic time: a megabyte of them would hold the whole process for an hour.
    """
    few = len(text) <= MAX_MARKS or text.isascii()
    return unicodedata.normalize(form, text if few else _fewer_marks(text))  # noqa: TID251 - the one place that asks


def _fewer_marks(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) or character in _LIKE_MARKS else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def clean_text(value: str | None) -> str | None:
    """Normalise an address or a number to NFKC without surplus white space; None when nothing remains.

    The end of a text that is too long for any member is cut off.
    """
    if value is None:
        return None
    value = value[:_MAX_TEXT]
    if value.isascii() and value.isprintable():
        # The fast path for most texts: only their blanks change.
        return " ".join(value.split()) or None
    return _clean(normal_form("NFKC", _REMOVED.sub("", unmangled(value))))


def clean_words(value: str | None) -> str | None:
    """Normalise a name or words to NFC without surplus white space; None when nothing remains.

    Characters that are part of a name stay as they are typed, such as the ª of Mª José.
    """
    if value is None:
        return None
    value = value[:_MAX_TEXT]
    while (plain := _ESCAPED.sub(_unescaped, value)) != value:
        value = plain
    if value.isascii() and value.isprintable():
        return " ".join(value.split()) or None
    value = unmangled(value).translate(_SMALL_CAPITALS)
    styled = _STYLED.sub(lambda found: normal_form("NFKC", found[0].translate(_PLAIN)), _REMOVED.sub("", value))
    return _clean(normal_form("NFC", styled))


def _unescaped(found: re.Match[str]) -> str:
    return html.unescape(unquote(found[0])) if found[0][0] in "&%" else ""


def unmangled(text: str) -> str:
    """Return a text that was UTF-8 and read as another encoding as it was meant: JosÃ© is José; others as they are."""
    if not _MANGLED.search(text):
        return text
    for codec in ("cp1252", "mac_roman"):
        try:
            meant = b"".join(
                one.encode("latin-1" if codec == "cp1252" and one < "\u0100" else codec) for one in text
            ).decode()
        except UnicodeError:
            continue
        return unmangled(meant)
    return text


def _clean(text: str) -> str | None:
    return _BLANKS.sub(" ", _REMOVED.sub("", text)).strip(" ") or None


def fold_accents(text: str) -> str:
    """Return a text in lower case, with base letters for those with accents."""
    plain = normal_form("NFKD", text.casefold().translate(_LETTERS))
    return "".join(character for character in plain if not unicodedata.combining(character))
