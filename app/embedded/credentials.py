"""The secrets of one data directory: what encrypts webhook secrets, and the two API keys of `up`."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.embedded.data_dir_lock import write_private

KEYS = "keys.json"


class ApiKeys(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A live key and a test key, as plain text: this file is the only place that has them."""

    api_key: str
    test_key: str


def secret_key(data_dir: Path) -> str:
    """Return the data directory's own secret key; made at first: a Fernet key, 32 bytes in base64."""
    file = data_dir / "secret-key"
    if not file.exists():
        write_private(file, urlsafe_b64encode(secrets.token_bytes(32)))
    return file.read_text().strip()


def api_keys(data_dir: Path, *, works: Callable[[str], bool], make: Callable[[str], str]) -> ApiKeys:
    """Return the API keys of a data directory; whichever is missing or unknown to the database is made.

    Args:
        data_dir: Keeps them in a file.
        works: Whether the API knows a key.
        make: Makes a key of a mode, ``live`` or ``test``.
    """
    kept = kept_keys(data_dir) or ApiKeys(api_key="", test_key="")
    live = kept.api_key if kept.api_key and works(kept.api_key) else make("live")
    test = kept.test_key if kept.test_key and works(kept.test_key) else make("test")
    keys = ApiKeys(api_key=live, test_key=test)
    if keys != kept:
        write_private(data_dir / KEYS, msgspec.json.encode(keys))
    return keys


def kept_keys(data_dir: Path) -> ApiKeys | None:
    """Read the API keys that a data directory keeps; None where there are none."""
    try:
        return msgspec.json.decode((data_dir / KEYS).read_bytes(), type=ApiKeys)
    except (OSError, msgspec.DecodeError):
        return None
