"""LinkedIn profiles: take slug and region out of a profile's address, in any spelling, or say what else it is."""

import re
import unicodedata

import msgspec
from phonenumbers import SUPPORTED_REGIONS

from app.domain.contacts.links.link_text import decoded, parts
from app.domain.contacts.links.redirects import target
from app.domain.contacts.text import clean_text, normal_form, unmangled

# LinkedIn Help, "Manage your public profile URL": 3 to 100 characters. Other scripts need fewer letters for a name.
MIN_SLUG, MIN_OTHER_SLUG, MAX_SLUG = 3, 2, 100
_LINK = re.compile(
    r"(?>(?:(?:h{0,2}[tps]{2,5}:?)?/+|h{0,2}[tps]{2,5}:|(?:linkedin|url|link|web|website|profile?):)*)"
    r"(?P<host>(?>(?:[a-z0-9-]+\.)*?(?=linkedin)))linkedin(?:\.(?:com|cn))?\.?(?::[0-9]{0,5})?(?P<rest>[/?#&].*)?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_SHORT = re.compile(r"(?:h{1,2}[tps]{2,5}:?)?/*(?:www\.)?lnkd\.in(?:/.*)?", re.IGNORECASE | re.DOTALL)
# Before another address.
_DIVISION = re.compile(r"[,;](?=https?:|//|(?:[a-z]+\.)?linkedin\.)", re.IGNORECASE)
# Slips of the keyboard: blanks round the slashes, linkedin,com, and a beginning that was typed before a whole address.
_TYPED = re.compile(r"(?<=linkedin)(?:\.\s*|,)com\s*/\s*(?=in/)|(?<=linkedin\.com/in/)\s+", re.IGNORECASE)
_BEGUN_TWICE = re.compile(r"(?:(?:www\.)?linkedin\.com|www\.)(?=https?://)", re.IGNORECASE)
# A name in place of a slug; what stands before its blank would be a stranger's.
_SPACED = re.compile(r"\S*linkedin\.com/in/[a-z]+(?: [a-z]+){1,3}/?", re.IGNORECASE)
# The scheme of LinkedIn's own program on phones.
_OF_THE_APP = re.compile(r"\Alinkedin:/+(?=in/)", re.IGNORECASE)
_ESCAPED_NAME = re.compile(r"\A[^?#\s]*linkedin\.com/in/[^/?#\s%]+%(?:25)*20(?=[a-z])", re.IGNORECASE)
_PATH = re.compile(r"/*(?=(?:in|pub|mwlite|comm)/)", re.IGNORECASE)
_BEGINNING = re.compile(r"in|https?:?|(?:[a-z]+\.)?linkedin\.com", re.IGNORECASE)
# What ends a path, also where it was escaped by mistake.
_END_OF_PATH = re.compile(r"[?#&,;\s<>\"“”()\[\]{}|]|(?<=[^/])https?:")
# Pages to sign up, and badges, name the profile in a parameter.
_VANITY_NAME = re.compile(r"[?&](?:viewee)?vanityname=([^&#]+)", re.IGNORECASE)
# The token of a member, which LinkedIn writes in place of a slug; it is base64, so its case counts.
_TOKEN = re.compile(r"(?:A[CD][a-z]|AE[A-Z])AA[A-Za-z0-9_-]{4,}")
_LOST_CASE = re.compile(r"(?:ac[ow]|ae[a-z])aa[a-z0-9_-]{25,}", re.IGNORECASE)
_PLAIN_SLUG = re.compile("[0-9A-Za-z_-]+")
_NUMBER = re.compile("[0-9a-z]{1,3}")
_UNUSED = frozenset("unavailable me undefined null none nan login edit".split())  # noqa: SIM905 - a list of words

# Categories of Unicode: punctuation, separators, controls.
_NEVER = frozenset("Pc Pd Ps Pe Pi Pf Po Zs Zl Zp Cc Cf Cs".split())  # noqa: SIM905 - a list of words

_COPY = "copy the address of the person's public profile, https://www.linkedin.com/in/…"
# What other addresses of LinkedIn lead to, by the first part of their path.
_PAGES = {
    "company": "a company page",
    "company-beta": "a company page",
    "organization": "a company page",
    "biz": "a company page",
    "school": "a school's page",
    "edu": "a school's page",
    "showcase": "a showcase page",
    "sales": "a Sales Navigator link",
    "talent": "a Recruiter link",
    "recruiter": "a Recruiter link",
    "hire": "a Recruiter link",
    "cap": "a Recruiter link",
    "jobs": "a job",
    "job": "a job",
    "posts": "a post",
    "feed": "a post",
    "pulse": "an article",
    "embed": "a post",
    "activity": "a post",
    "sharing": "a post",
    "video": "a video",
    "newsletters": "a newsletter",
    "groups": "a group",
    "group": "a group",
    "events": "an event",
    "learning": "a course",
    "search": "a search",
    "directory": "a directory",
    "dir": "a directory",
    "profile": "an old link by number, which only works for its owner",
    "messaging": "a conversation",
    "mynetwork": "the list of contacts",
    "services": "a services page",
    "products": "a product page",
    "help": "a help page",
    "legal": "a legal page",
}


class ProfileReading(msgspec.Struct, frozen=True, kw_only=True):
    """A LinkedIn profile as it was read from a text.

    Attributes:
        slug: The last part of its address: percent-decoded and in lower case, but the token of a member as it is.
        region: ISO 3166 alpha-2, of a host such as ``fr.linkedin.com``.
        reason: Why the text is no profile, or why it is only one of several.
    """

    slug: str | None = None
    region: str | None = None
    reason: str | None = None


def read_profile(value: str) -> ProfileReading:
    """Read a LinkedIn profile.

    Args:
        value: Any spelling: with or without scheme, ``www.`` or a country's host, parts and parameters behind it, in
            any case, escaped once or several times, or with text around it; ``/pub/`` addresses of the older kind too.
            A redirect stands for its target.
    """
    text = _BEGUN_TWICE.sub("", clean_text(value) or "")
    text = _TYPED.sub(lambda found: "" if found[0].isspace() else ".com/", text)
    text = _OF_THE_APP.sub("linkedin.com/", text)
    if _SPACED.fullmatch(text):
        return ProfileReading(reason=f"its last part has a blank in it; {_COPY}")
    pieces = [piece for one in parts(text) for piece in _DIVISION.split(one)]
    readings = [found for piece in pieces if (found := _read(piece))]
    profiles = [found for found in readings if found.slug]
    if profiles:
        first, several = profiles[0], len({found.slug for found in profiles}) > 1
        reason = f"there are several profiles, and {first.slug} is taken" if several else None
        return msgspec.structs.replace(first, reason=reason)
    if readings:
        return readings[0]
    if len(pieces) == 1 and _PATH.match(pieces[0]):
        return _of_path(decoded(pieces[0]), None)
    if any(_SHORT.fullmatch(piece) for piece in pieces):
        return ProfileReading(reason=f"it is a short link, which does not say whose profile it leads to; {_COPY}")
    return ProfileReading(reason="it is no profile's address such as https://www.linkedin.com/in/janesmith")


def _read(piece: str) -> ProfileReading | None:
    """Read one link; None where it is none of LinkedIn."""
    if _ESCAPED_NAME.search(piece):
        return ProfileReading(reason=f"a name stands in place of the profile; {_COPY}")
    link = _LINK.fullmatch(decoded(piece))
    found = _of_link(link) if link else None
    if (found is None or found.slug is None) and (inner := target(piece)) != piece:
        return _read(inner) or found
    return found


def _of_link(link: re.Match[str]) -> ProfileReading:
    label = link["host"].partition(".")[0].upper()
    region = {"UK": "GB"}.get(label, label)
    return _of_path(link["rest"] or "", region if region in SUPPORTED_REGIONS else None)


def _of_path(rest: str, region: str | None) -> ProfileReading:
    if named := _VANITY_NAME.search(rest):
        return _of_slug(named[1], region)
    path = [part for part in _END_OF_PATH.split(rest, maxsplit=1)[0].split("/") if part]
    kinds = [part.lower() for part in path[:2]]
    # The mobile site, and links of mails.
    if kinds[:1] in (["mwlite"], ["comm"], ["m"], ["incareer"]):
        path = path[1:]
        if kinds == ["mwlite", "profile"]:
            path = path[1:]
    kind = path[0].lower() if path else ""
    if kind == "in":
        # A whole address that was pasted behind another one's beginning.
        while len(path) > len(("in", "slug")) and _BEGINNING.fullmatch(path[1]):
            path = [path[0], *path[2:]]
        return _of_slug(path[1] if len(path) > 1 else "", region)
    if kind == "pub":
        return _of_old_address(path[1:], region)
    if kind in {"redir", "authwall", "uas", "login", "signup", "checkpoint", "safety"}:
        return ProfileReading(reason=f"it leads to LinkedIn's login, not to a profile; {_COPY}")
    return ProfileReading(reason=f"it is {_PAGES.get(kind, 'no profile, but another page of LinkedIn')}; {_COPY}")


def _of_old_address(path: list[str], region: str | None) -> ProfileReading:
    """Read ``/pub/name/a/b/c``, which LinkedIn redirects to ``/in/name-cba``, with b and c at three characters."""
    numbers = [part.lower() for part in path[1:4]]
    if path[:1] == ["dir"]:
        return ProfileReading(reason=f"it is a directory; {_COPY}")
    if len(numbers) < 3 or not all(map(_NUMBER.fullmatch, numbers)):  # noqa: PLR2004 - the three of the address
        return ProfileReading(
            reason=f"an address of the form /pub/ names a person by a name and three numbers; {_COPY}"
        )
    first, second, third = numbers
    return _of_slug(f"{path[0]}-{third:0>3}{second:0>3}{first}", region)


def _of_slug(text: str, region: str | None) -> ProfileReading:
    slug = _slug(unmangled(text))
    if not _TOKEN.fullmatch(slug):
        slug = normal_form("NFC", slug.lower().replace("i\u0307", "i"))
        if _LOST_CASE.fullmatch(slug):
            return ProfileReading(reason=f"the token of a member is in another case than LinkedIn gave it; {_COPY}")
    shortest = MIN_SLUG if slug.isascii() else MIN_OTHER_SLUG
    if slug in _UNUSED:
        return ProfileReading(reason=f"the profile is not public; {_COPY}")
    if not shortest <= len(slug) <= MAX_SLUG:
        return ProfileReading(
            reason=f"its last part names no profile: {MIN_SLUG} to {MAX_SLUG} letters or digits; {_COPY}"
        )
    return ProfileReading(slug=slug, region=region)


def _slug(text: str) -> str:
    """Take the slug off the start of a part of a path; empty where what follows it may belong to it."""
    text = text.removeprefix("@")
    if _PLAIN_SLUG.fullmatch(text):
        # The fast path for most slugs.
        return text
    length = next((place for place, character in enumerate(text) if not _is_of_slug(character)), len(text))
    slug, behind = text[:length].rstrip("’"), text[length:]  # noqa: RUF001 - a typographic quote
    return "" if any(map(str.isalnum, behind)) else slug


def _is_of_slug(character: str) -> bool:
    """Return whether slugs have a character: letters of any script with their marks, digits, hyphens, emoji."""
    if character.isascii():
        return character.isalnum() or character in "-_"
    if character in "\ufffc\ufffd":
        return False  # they stand for what could not be pasted or read
    # Names gave old slugs apostrophes and emoji, whose parts are joined by U+200D and U+FE0F.
    return character in "’\u200c\u200d\ufe0f" or unicodedata.category(character) not in _NEVER  # noqa: RUF001
