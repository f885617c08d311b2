"""Requests to the identity provider: they end in time, follow no redirect, and their answers are bounded."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import msgspec

from app.domain.people.identity import IdentityError, IdentityFault

SECONDS = 10.0
MAX_BYTES = 256 * 1024
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}


class ProviderAnswer(NamedTuple):
    """An answer: its status, and its JSON object."""

    status: int
    body: dict[str, Any]


async def ask(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    **options: Any,  # noqa: ANN401
) -> ProviderAnswer:
    """Send a GET, or a form by POST.

    Raises:
        IdentityError: There is no answer in time, or none that is a JSON object of less than 256 KiB.
    """
    headers = {"accept": "application/json", "accept-encoding": "identity", **options.pop("headers", {})}
    content = None
    try:
        if form is not None:
            content = urlencode(form).encode()
            headers["content-type"] = "application/x-www-form-urlencoded"
        # No proxy of the environment: neither are providers of contacts reached by one.
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(verify=_trusted(), trust_env=False, timeout=seconds) as client,
            client.stream("GET" if form is None else "POST", url, headers=headers, content=content, **options) as got,
        ):
            status, body = got.status_code, await _bounded(got)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise IdentityError(IdentityFault.AWAY, f"{type(error).__name__} at {_place(url)}") from None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _BUSY:
        raise IdentityError(IdentityFault.AWAY, f"{status} at {_place(url)}")
    try:
        return ProviderAnswer(status, msgspec.json.decode(body, type=dict[str, Any]))
    except (msgspec.MsgspecError, RecursionError):
        raise IdentityError(IdentityFault.SETUP, f"{status} without a JSON object at {_place(url)}") from None


async def _bounded(got: httpx.Response) -> bytes:
    body = b""
    async for chunk in got.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise IdentityError(IdentityFault.SETUP, f"more than {MAX_BYTES} bytes at {_place(str(got.url))}")
    return body


def _place(url: str) -> str:
    """Return an address without its query, for the log."""
    return url.partition("?")[0]


@cache
def _trusted() -> ssl.SSLContext:
    """Read the authorities of the system once: that takes longer than a log-in."""
    return ssl.create_default_context()
