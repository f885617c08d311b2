"""Redirects: the link that a search engine, social network or mail filter carries inside its own."""

import re
from urllib.parse import parse_qsl

from app.domain.contacts.links.link_text import decoded, without_scheme

_DEPTH = 3
# Hosts, and all below them, whose links carry a target.
_REDIRECTORS = """
facebook.com instagram.com linkedin.com youtube.com t.umblr.com out.reddit.com vk.com steamcommunity.com
safelinks.protection.outlook.com statics.teams.cdn.office.net urldefense.com urldefense.us urldefense.proofpoint.com
linkprotect.cudasvc.com secure-web.cisco.com clicktime.symantec.com duckduckgo.com slack-redir.net web.archive.org
href.li anonym.to exit.sc r.search.yahoo.com
"""
_HOSTS = re.compile(rf"(?:.+\.)?(?:{'|'.join(map(re.escape, _REDIRECTORS.split()))})")
_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)*google\.(?:com?\.)?[a-z]{2,3}")
_TARGETS = "q url u a to z target uddg imgrefurl ru redirect redirect_url redirecturl sessionredirect session_redirect"
_PARAMETERS = frozenset(_TARGETS.split())
_ABSOLUTE = re.compile(r"(?:https?:)?/+(?=[^/])|www\.", re.IGNORECASE)
_EMBEDDED = re.compile(r"https?:/", re.IGNORECASE)
_PROOFPOINT = re.compile("-([0-9A-F]{2})", re.IGNORECASE)
_AMP = "/amp/s/"


def target(link: str) -> str:
    """Return the link that a redirect leads to, as far as its text says; any other link is returned as it is.

    Args:
        link: One part of a text, with or without a scheme.
    """
    for _ in range(_DEPTH if "/" in link else 0):
        inner = _inner(link)
        if inner is None:
            break
        link = inner
    return link


def _inner(link: str) -> str | None:
    address, _, query = without_scheme(link).partition("?")
    host, slash, path = address.partition("/")
    host = host.lower().partition(":")[0].rstrip(".")
    is_google = _GOOGLE.fullmatch(host) is not None
    if not is_google and not _HOSTS.fullmatch(host):
        return None
    path = slash + decoded(path)
    if is_google and path.startswith(_AMP):
        return path.removeprefix(_AMP)
    if embedded := _EMBEDDED.search(path):
        # Proofpoint writes two underscores behind it.
        return path[embedded.start() :].partition("__")[0]
    for name, value in parse_qsl(query):
        plain = value
        if value[:4] in {"/in/", "/pub"} and host.endswith("linkedin.com"):
            plain = f"//{host}{value}"
        if host == "urldefense.proofpoint.com":
            plain = _PROOFPOINT.sub(lambda found: chr(int(found[1], 16)), value).replace("_", "/")
        if name.lower() in _PARAMETERS and _ABSOLUTE.match(plain):
            return plain
    # A few write the target as the whole query.
    return query if _ABSOLUTE.match(query) else None
