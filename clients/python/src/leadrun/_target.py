"""Where requests go, and with which key."""

import os
import platform
from typing import Any
from urllib.parse import urlsplit

import httpx

from leadrun._exchange import Request
from leadrun._version import __version__
from leadrun.errors import ConfigurationError

KEY_VARIABLES = ("LEADRUN_API_KEY", "LEADRUN_KEY")
URL_VARIABLE = "LEADRUN_URL"
DEFAULT_URL = "http://127.0.0.1:8000"
BASE = "/api/v1"
CONNECT_SECONDS = 10.0
USER_AGENT = f"leadrun-client/{__version__} python/{platform.python_version()} httpx/{httpx.__version__}"


class Target:
    """Where requests go, and with which key."""

    def __init__(self, api_key: str | None, base_url: str | None) -> None:
        """Take the arguments, or else the environment.

        Raises:
            ConfigurationError: There is no key, it cannot be one, or the URL is none.
        """
        key = (api_key or next(filter(None, map(os.environ.get, KEY_VARIABLES)), "")).strip()
        if not key:
            raise ConfigurationError(f"There is no API key: give api_key=… or set {KEY_VARIABLES[0]}.")
        if not key.isascii() or any(character.isspace() for character in key):
            raise ConfigurationError("The API key holds characters that no key has; copy it again, whole.")
        self.url = base_of(base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL)
        # One published service reads the one header, one the other; leadrun reads both.
        self.headers = {
            "authorization": f"Bearer {key}",
            "x-api-key": key,
            "user-agent": USER_AGENT,
            "accept": "application/json",
        }

    def wire(self, request: Request) -> dict[str, Any]:
        """Write the arguments of httpx for a request."""
        return {
            "method": request.method,
            "url": self.url + request.path,
            "params": dict(request.params),
            "content": request.body,
            "headers": {**self.headers, **request.headers},
            "timeout": httpx.Timeout(request.seconds, connect=CONNECT_SECONDS),
        }


def base_of(url: str) -> str:
    """Return the URL below which the operations are; `/api/v1` may be absent, or `/enrich` follow it.

    Raises:
        ConfigurationError: It is not an http(s) URL.
    """
    stripped = url.strip().rstrip("/")
    parts = urlsplit(stripped)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"The base URL must begin with http:// or https:// and name a host, not {url!r}.")
    stripped = stripped.removesuffix("/enrich")
    return stripped if urlsplit(stripped).path.endswith(BASE) else stripped + BASE
