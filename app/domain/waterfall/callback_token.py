"""Callback tokens: the secret part of a URL to which one vendor posts one result."""

import hashlib
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 43
PATH = "/api/v1/callbacks"


def mint_token(choose: Callable[[str], str]) -> str:
    """Return a token of 43 base62 characters, 256 random bits.

    Args:
        choose: Returns one character of a text with cryptographic randomness.
    """
    return "".join(choose(ALPHABET) for _ in range(LENGTH))


def token_digest(token: str) -> bytes | None:
    """Hash a token for storage: SHA-256 is enough for 256 random bits; None for a text that is no token."""
    if len(token) != LENGTH or not set(ALPHABET).issuperset(token):
        return None
    return hashlib.sha256(token.encode()).digest()


def callback_url(public_url: str, provider: str, token: str) -> str:
    """Return the URL for a vendor.

    Args:
        public_url: The public URL of the API, without a slash at the end.
        provider: The vendor's slug.
        token: From `mint_token`.
    """
    return f"{public_url}{PATH}/{provider}/{token}"
