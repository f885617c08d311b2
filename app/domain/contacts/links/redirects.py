"""Redirects: the link that a search engine, social network or mail filter carries inside its own."""

import binascii
import re
from base64 import urlsafe_b64decode
from urllib.parse import parse_qsl

from app.domain.contacts.links.link_text import decoded, without_scheme

_DEPTH = 3
# Hosts, and all below them, whose links carry a target.
_REDIRECTORS = """
facebook.com messenger.com instagram.com threads.com threads.net linkedin.com xing.com youtube.com t.umblr.com
tumblr.com pinterest.com out.reddit.com vk.com steamcommunity.com safelinks.protection.outlook.com
statics.teams.cdn.office.net urldefense.com urldefense.us urldefense.proofpoint.com linkprotect.cudasvc.com
secure-web.cisco.com clicktime.symantec.com mimecast.com protection.sophos.com scanmail.trustwave.com trendmicro.com
menlosecurity.com edgepilot.com inky.com url-protection.com protect.checkpoint.com fireeye.com emailprotection.link
deref-gmx.net deref-web.de 3c.gmx.net 3c.web.de duckduckgo.com bing.com slack-redir.net web.archive.org
webcache.googleusercontent.com cdn.ampproject.org href.li anonym.to exit.sc r.search.yahoo.com awin1.com
redirectingat.com anrdoezrs.net dpbolvw.net jdoqocy.com kqzyfj.com tkqlhce.com
"""
# Companies whose own site stands at such a domain itself.
_COMPANIES = frozenset(
    {"mimecast.com", "trendmicro.com", "fireeye.com", "inky.com", "menlosecurity.com", "edgepilot.com"}
)
_HOSTS = re.compile(rf"(?:.+\.)?(?:{'|'.join(map(re.escape, _REDIRECTORS.split()))})")
_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)*google\.(?:com?\.)?[a-z]{2,3}")
_TARGETS = """
q url u a to z o target uddg imgrefurl ru redirect redirect_url redirecturl sessionredirect session_redirect ued
domain d
"""
_PARAMETERS = frozenset(_TARGETS.split())
# A target without a scheme; what was searched for is none.
_BARE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z-]+(?:/.*)?", re.IGNORECASE | re.DOTALL)
_SEARCH = re.compile("google|bing|duckduckgo|yahoo")
# Bing writes its target in Base64, behind two characters.
_BING = "a1"
_ABSOLUTE = re.compile(r"(?:https?:)?/+(?=[^/])|www\.", re.IGNORECASE)
_EMBEDDED = re.compile(r"https?:/", re.IGNORECASE)
_PROOFPOINT = re.compile("-([0-9A-F]{2})", re.IGNORECASE)
_AMP = re.compile("/(?:amp|c|v)/(?:s/)?(?=.)")


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


def is_redirector(host: str) -> bool:
    """Return whether a host, in lower case, is one whose links lead elsewhere."""
    return _HOSTS.fullmatch(host) is not None and host not in _COMPANIES


def _inner(link: str) -> str | None:
    address, _, query = without_scheme(link).partition("?")
    host, slash, path = address.partition("/")
    host = host.lower().partition(":")[0].rstrip(".")
    is_google = _GOOGLE.fullmatch(host) is not None
    if not is_google and not _HOSTS.fullmatch(host):
        return None
    path = slash + decoded(path)
    if (is_google or host.endswith("ampproject.org")) and (amp := _AMP.match(path)):
        return path[amp.end() :]
    if embedded := _EMBEDDED.search(path):
        # Proofpoint writes two underscores behind it.
        return path[embedded.start() :].partition("__")[0]
    for name, value in parse_qsl(query):
        plain = value
        if value[:4] in {"/in/", "/pub"} and host.endswith("linkedin.com"):
            plain = f"//{host}{value}"
        if host.startswith("urldefense.") and path.startswith("/v2/"):
            plain = _PROOFPOINT.sub(lambda found: chr(int(found[1], 16)), value).replace("_", "/")
        if host.endswith("bing.com") and value.startswith(_BING):
            plain = _from_base64(value.removeprefix(_BING))
        if host == "webcache.googleusercontent.com" and (embedded := _EMBEDDED.search(value)):
            plain = value[embedded.start() :]
        is_search = _SEARCH.search(host) and path.strip("/") in {"", "search"}
        if name.lower() in _PARAMETERS and (_ABSOLUTE.match(plain) or (not is_search and _BARE.fullmatch(plain))):
            return plain
    # A few write the target as the whole query.
    return query if _ABSOLUTE.match(query) else None


def _from_base64(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
