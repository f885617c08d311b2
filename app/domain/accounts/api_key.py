"""API keys: mint them, check them without looking them up, and hash them for storage."""

import hashlib
import hmac
import zlib
from collections.abc import Callable

import msgspec

from app.domain.accounts.pricing import PLANS
from app.domain.vocabulary import Mode

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LETTERS, _MODES = frozenset(ALPHABET), frozenset(Mode)
RANDOM_LENGTH = 30
CHECKSUM_LENGTH = 6
DISPLAY_LENGTH = 12

_PREFIXES = {plan.prefix: plan.name for plan in PLANS.values()}


class ParsedKey(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a key.

    Attributes:
        plan: The plan of its prefix.
        digest: SHA-256 of the key, 32 bytes.
        is_old: Whether its checksum is the one that any client can compute, from before there was a pepper.
    """

    plan: str
    mode: Mode
    digest: bytes
    is_old: bool


def mint(plan: str, mode: Mode, choose: Callable[[str], str], pepper: bytes) -> str:
    """Return a new key.

    Args:
        plan: Name of a plan.
        mode: Live or test.
        choose: Returns one character of a text with cryptographic randomness.
        pepper: The secret of this installation.

    Returns:
        ``<prefix>_<mode>_<30 base62><6 checksum>``, 178 random bits.
    """
    body = "".join(choose(ALPHABET) for _ in range(RANDOM_LENGTH))
    head = f"{PLANS[plan].prefix}_{mode.value}_{body}"
    return head + checksum(head, pepper)


def checksum(head: str, pepper: bytes) -> str:
    """Return six base62 characters of the HMAC-SHA256 of all characters before them (RFC 2104).

    Nobody but us can compute them, so that a typo or a guess needs no query.
    """
    return _letters(int.from_bytes(hmac.digest(pepper, head.encode(), "sha256")))


def old_checksum(head: str) -> str:
    """Return six base62 characters of the CRC-32, as keys have them that were made before there was a pepper."""
    return _letters(zlib.crc32(head.encode()))


def _letters(number: int) -> str:
    letters = ""
    for _ in range(CHECKSUM_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters = ALPHABET[rest] + letters
    return letters


def is_shaped(key: str) -> bool:
    """Return whether a text has the length, the alphabet and the prefix of a key."""
    prefix, _, rest = key.partition("_")
    mode, _, secret = rest.partition("_")
    is_long = len(secret) == RANDOM_LENGTH + CHECKSUM_LENGTH
    return prefix in _PREFIXES and mode in _MODES and is_long and _LETTERS.issuperset(secret)


def parse(key: str, pepper: bytes) -> ParsedKey | None:
    """Parse a key; None when its shape, alphabet or checksum is wrong."""
    if not is_shaped(key):
        return None
    prefix, mode, _ = key.split("_")
    head, said = key[:-CHECKSUM_LENGTH], key[-CHECKSUM_LENGTH:]
    is_new = hmac.compare_digest(checksum(head, pepper), said)
    if not is_new and old_checksum(head) != said:
        return None
    return ParsedKey(plan=_PREFIXES[prefix], mode=Mode(mode), digest=digest(key), is_old=not is_new)


def digest(key: str) -> bytes:
    """Hash a key for storage: SHA-256 is enough for 178 random bits."""
    return hashlib.sha256(key.encode()).digest()


def display(key: str) -> str:
    """Return the first characters of a key, which lists and logs may show."""
    return key[:DISPLAY_LENGTH]
