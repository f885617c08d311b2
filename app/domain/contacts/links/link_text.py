"""Link text: the parts of a messy text that may be links, without the text around them."""

import re
from urllib.parse import unquote_to_bytes

# Blanks, brackets and quotes end a link in text, HTML, Markdown and spreadsheet formulas. An apostrophe and a comma do
# not, because what follows them decides.
_APART = re.compile(r"[\s<>\"“”„«»`()\[\]{}|^·]+")
_BEFORE, _BEHIND = "'‘’‚*_~•.,;:=!?–—", "'‘’‚*~•.,;:!?…"  # noqa: RUF001 - typographic quotes and dashes
# Schemes, also those misspelt, given twice or without a slash, and a label such as "Website:".
_PREFIX = re.compile(
    r"(?>(?>[a-z][a-z0-9+-]{0,15}:+/+|/+:?|h{1,2}[tps]{2,5}/+:?|(?:h{1,2}[tps]{2,5}|mailto|e-?mail|url|uri|web|website|site|"
    r"link|domain|linkedin|profile?|view-source):+|www\.(?=h{1,2}[tps]{2,5}:))*)",
    re.IGNORECASE,
)
_ENCODED = re.compile(r"(?:%[0-9a-f]{2})+", re.IGNORECASE)
# As old scripts escape; halves of surrogate pairs are no characters.
_OLD_ESCAPE = re.compile(r"%u((?!d[89a-f])[0-9a-f]{4})", re.IGNORECASE)
_ROUNDS = 3


def parts(text: str) -> list[str]:
    """Split a text at blanks, brackets and quotes, and strip punctuation from the parts.

    Args:
        text: Cleaned.
    """
    # Programs write an ampersand as HTML does, and a slash as JSON may.
    plain = text.replace("&amp;", "&").replace("\\/", "/").replace("\\", "/").replace("='", " ")
    found = (part.rstrip(_BEHIND).lstrip(_BEFORE) for part in _APART.split(plain))
    return [part for part in found if part]


def without_scheme(link: str) -> str:
    """Remove what stands before the host: schemes, slashes and a label."""
    return link[_PREFIX.match(link).end() :]  # type: ignore[union-attr] # matches every text, if only nothing of it


def decoded(text: str) -> str:
    """Decode percent escapes (RFC 3986, section 2.1), also of a text that was encoded several times.

    Bytes that are not UTF-8 are Windows-1252, which programs of before wrote.
    """
    for _ in range(_ROUNDS):
        plain = _OLD_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        plain = _ENCODED.sub(lambda found: _text(unquote_to_bytes(found[0])), plain)
        if plain == text:
            break
        text = plain
    return text


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
