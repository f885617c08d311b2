"""API keys: mint them, check them without the database, and hash them for storage."""

import hashlib
import zlib
from collections.abc import Callable

import msgspec

from app.domain.accounts.pricing import PLANS
from app.domain.vocabulary import Mode

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 30
CHECKSUM_LENGTH = 6
DISPLAY_LENGTH = 12

_PREFIXES = {plan.prefix: plan.name for plan in PLANS.values()}


class ParsedKey(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a key: the plan of its prefix, its mode, and its digest (32 bytes, SHA-256)."""

    plan: str
    mode: Mode
    digest: bytes


def mint(plan: str, mode: Mode, choose: Callable[[str], str]) -> str:
    """Return a new key.

    Args:
        plan: Name of a plan.
        mode: Live or test.
        choose: Returns one character of a text with cryptographic randomness.

    Returns:
        ``<prefix>_<mode>_<30 base62><6 checksum>``, 178 random bits.
    """
    body = "".join(choose(ALPHABET) for _ in range(RANDOM_LENGTH))
    head = f"{PLANS[plan].prefix}_{mode.value}_{body}"
    return head + checksum(head)


def checksum(head: str) -> str:
    """Return six base62 characters of the CRC-32 of all characters before them, so that a typo needs no query."""
    number, letters = zlib.crc32(head.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters = ALPHABET[rest] + letters
    return letters


def parse(key: str) -> ParsedKey | None:
    """Parse a key; None when its shape, alphabet or checksum is wrong."""
    prefix, _, rest = key.partition("_")
    mode, _, secret = rest.partition("_")
    shaped = (
        prefix in _PREFIXES
        and mode in set(Mode)
        and len(secret) == RANDOM_LENGTH + CHECKSUM_LENGTH
        and all(c in ALPHABET for c in secret)
    )
    if not shaped or checksum(key[:-CHECKSUM_LENGTH]) != key[-CHECKSUM_LENGTH:]:
        return None
    return ParsedKey(plan=_PREFIXES[prefix], mode=Mode(mode), digest=digest(key))


def digest(key: str) -> bytes:
    """Hash a key for storage: SHA-256 is enough for 178 random bits."""
    return hashlib.sha256(key.encode()).digest()


def display(key: str) -> str:
    """Return the first characters of a key, which lists and logs may show."""
    return key[:DISPLAY_LENGTH]
