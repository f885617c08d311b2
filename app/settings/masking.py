"""How secrets are hidden where settings are shown."""

import re

_SECRET_PARAMETER = re.compile(r"([?&][^=&#]*(?:passw|secret|token|scram)[^=&#]*=)[^&#]*", re.IGNORECASE)


def hidden(_text: str) -> str:
    """Return three asterisks, whatever the text is."""
    return "***"


def masked_url(text: str) -> str:
    """Hide user, password and secret parameters of an address, also where it is malformed."""
    plain = _SECRET_PARAMETER.sub(r"\1***", text)
    scheme = plain[: plain.index("://") + 3] if "://" in plain else ""
    return f"{scheme}***@{plain.rpartition('@')[2]}" if "@" in plain else plain
