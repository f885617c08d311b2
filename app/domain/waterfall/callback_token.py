"""Callbacks: the URLs of ours to which vendors post results, each with a token that is known to one vendor alone."""

import hashlib
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 43
PATH = "/api/v1/callbacks"


def mint_token(choose: Callable[[str], str]) -> str:
    """Make a token of 43 base62 characters, 256 bits of chance.

    Args:
        choose: Picks one character of a text with cryptographic randomness.
    """
    return "".join(choose(ALPHABET) for _ in range(LENGTH))


def token_digest(token: str) -> bytes | None:
    """Hash a token for storage: SHA-256 is enough for 256 random bits; None for what cannot be a token."""
    if len(token) != LENGTH or not set(ALPHABET).issuperset(token):
        return None
    return hashlib.sha256(token.encode()).digest()


def callback_url(public_url: str, provider: str, token: str) -> str:
    """Write the URL that a vendor is told.

    Args:
        public_url: Where the world reaches the API, without a slash at the end.
        provider: The vendor's slug.
        token: From `mint_token`.
    """
    return f"{public_url}{PATH}/{provider}/{token}"
