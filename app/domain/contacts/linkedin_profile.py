"""LinkedIn profiles: parse slug and region from a profile URL, in any spelling."""

import re
from urllib.parse import unquote, urlsplit

from app.domain.contacts.text import MAX_NAME, SCHEME, clean_text

_LINKEDIN_HOST = re.compile(r"(?:[a-z0-9-]+\.)*linkedin\.com", re.ASCII)


def parse_linkedin(value: str) -> tuple[str | None, str | None]:
    """Parse the slug of a LinkedIn profile, and the region of its host.

    Args:
        value: Any spelling: with or without scheme, ``www.`` or a country's host, trailing parts, query, in any case;
            ``/pub/`` addresses of the older kind too. Sales Navigator and company pages are not profiles.

    Returns:
        The slug in lower case and the ISO country in upper case; None for a missing part.
    """
    text = clean_text(value) or ""
    if not SCHEME.match(text.lower()):
        text = f"https://{text}"
    elif text.startswith("/"):
        text = f"https:{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None, None
    if parts.scheme.lower() not in {"http", "https"} or not _LINKEDIN_HOST.fullmatch(host):
        return None, None
    segments = [s for s in unquote(parts.path).split("/") if s]
    if len(segments) < 2 or segments[0].lower() not in {"in", "pub"} or len(segments[1]) > MAX_NAME:  # noqa: PLR2004 - kind and slug
        return None, None
    label = host.split(".", 1)[0]
    region = {"uk": "GB"}.get(label, label.upper()) if len(label) == len("fr") else None
    slug = clean_text(segments[1].lower())
    return (slug, region) if slug and " " not in slug else (None, None)
