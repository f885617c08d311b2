"""Company domains: parse them from a bare domain, a URL or an e-mail address."""

import re

import idna

from app.domain.contacts.text import SCHEME, clean_text

_PORT = re.compile("[0-9]{0,5}")
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)


def parse_domain(value: str) -> str | None:
    """Read a company's domain from a bare domain, a URL or an e-mail address.

    Args:
        value: In any case, with or without ``www.``, port, path; internationalised names included (IDNA 2008,
            RFC 5891, with the UTS 46 mapping).

    Returns:
        The ASCII domain in lower case, or None when the text holds none.
    """
    text = (clean_text(value) or "").lower()
    if scheme := SCHEME.match(text):
        text = text[scheme.end() :]
    # The text after the host may hold anything, also an @ or a second URL.
    host = re.split(r"[/?#]", text, maxsplit=1)[0].rsplit("@", 1)[-1]
    name, _, port = host.partition(":")
    if not _PORT.fullmatch(port):
        return None
    text = name.rstrip(".")
    if "." in text.removeprefix("www."):
        text = text.removeprefix("www.")
    if text.isascii() and "--" not in text:
        # IDNA leaves such names as they are.
        return text if _DOMAIN.fullmatch(text) else None
    try:
        ascii_form = idna.encode(text, uts46=True).decode("ascii") if text else ""
    except (idna.IDNAError, UnicodeError):
        return None
    return ascii_form if _DOMAIN.fullmatch(ascii_form) else None
