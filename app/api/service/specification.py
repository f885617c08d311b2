"""Serves the specification: with the address at which it was asked for, compressed, and readable by pages of others."""

import gzip
import hashlib
import re
from functools import lru_cache
from typing import Any

import msgspec

from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer
from app.api.openapi.document import DEFAULT_SERVER
from app.api.openapi.operation import DocumentedResponse, public_operation

# Of RFC 3986, section 3.2.2, what a client can reach: names, addresses, a port.
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)
_GZIP = re.compile(r"(?:gzip|\*)(?:;q=(?P<q>[0-9.]{1,5}))?", re.ASCII | re.IGNORECASE)


class ServedSpecification:
    """The specification with its bytes, made once for each address."""

    def __init__(self, document: dict[str, Any], public_url: str | None) -> None:
        """Serve a document.

        Args:
            document: The specification.
            public_url: Where clients reach the API; None takes the address of each request.
        """
        self._public_url = public_url.rstrip("/") if public_url else None
        self._document = document
        self._of = lru_cache(maxsize=16)(self._written)

    def of(self, request: AnyRequest) -> tuple[bytes, bytes, str]:
        """Return the document for a request: as JSON, compressed, and its entity tag (RFC 9110, section 8.8.3)."""
        return self._of(self._public_url or _address(request))

    def _written(self, server: str) -> tuple[bytes, bytes, str]:
        servers = [{**self._document["servers"][0], "url": server}]
        body = msgspec.json.encode(self._document | {"servers": servers})
        return body, gzip.compress(body, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _address(request: AnyRequest) -> str:
    """Return the origin of a request; that of `leadrun up` where its `Host` is none."""
    authority = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{authority}" if _AUTHORITY.fullmatch(authority) else DEFAULT_SERVER


def _takes_gzip(header: str) -> bool:
    codings = (_GZIP.fullmatch(part.replace(" ", "")) for part in header.split(","))
    return any(found is not None and (found["q"] is None or found["q"].strip("0.") != "") for found in codings)


@public_operation(
    "GET",
    "/api/v1/openapi.json",
    answers={
        200: DocumentedResponse(description="OpenAPI 3.1.", content={"schema": {"type": "object"}}, headers=("ETag",)),
        304: DocumentedResponse(description="It is the one that `If-None-Match` names.", headers=("ETag",)),
    },
)
async def get_specification(request: AnyRequest) -> Answer:
    """Show this specification."""
    body, compressed, tag = request.app.state.specification.of(request)
    headers = {
        "content-type": "application/json",
        "cache-control": "no-cache",
        "etag": tag,
        "vary": "Accept-Encoding, Host",
        # For this document alone: it holds no one's data, and importers in browsers ask for it.
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag",
    }
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Answer(status=304, headers=headers)
    if _takes_gzip(request.headers.get("accept-encoding", "")):
        return Answer(body=compressed, headers=headers | {"content-encoding": "gzip"})
    return Answer(body=body, headers=headers)
