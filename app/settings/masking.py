"""How secrets are hidden where settings are shown."""

import re

_PARAMETER = re.compile(r"([?&])([^=?&#]++)=[^&#]*")
_SECRET = re.compile("passw|secret|token|scram", re.IGNORECASE)


def hidden(_text: str) -> str:
    """Return three asterisks, whatever the text is."""
    return "***"


def masked_url(text: str) -> str:
    """Hide user, password and secret parameters of an address, also where it is malformed."""
    plain = _PARAMETER.sub(_masked_parameter, text)
    scheme = plain[: plain.index("://") + 3] if "://" in plain else ""
    return f"{scheme}***@{plain.rpartition('@')[2]}" if "@" in plain else plain


def _masked_parameter(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}=***" if _SECRET.search(found[2]) else found[0]
