"""API keys: how they are minted, checked without a database, and stored as digests."""

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
    """What the key itself tells: the plan of its prefix, its mode, and its digest (32 bytes, SHA-256)."""

    plan: str
    mode: Mode
    digest: bytes


def mint(plan: str, mode: Mode, choose: Callable[[str], str]) -> str:
    """Make a new key.

    Args:
        plan: Name of a plan.
        mode: Live or test.
        choose: Picks one character of a text with cryptographic randomness.

    Returns:
        ``<prefix>_<mode>_<30 base62><6 checksum>``, 178 bits of chance.
    """
    body = "".join(choose(ALPHABET) for _ in range(RANDOM_LENGTH))
    head = f"{PLANS[plan].prefix}_{mode.value}_{body}"
    return head + checksum(head)


def checksum(head: str) -> str:
    """Return six base62 characters of the CRC-32 of everything before them, so that a typo needs no look-up."""
    number, letters = zlib.crc32(head.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters = ALPHABET[rest] + letters
    return letters


def parse(key: str) -> ParsedKey | None:
    """Read a key; None when it is not one of ours (shape, alphabet or checksum)."""
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
    """Shorten a key to what may be shown in lists and logs."""
    return key[:DISPLAY_LENGTH]
