"""Serve the specification: with the address at which it was asked for, compressed, and readable by pages of others."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from app.api.http.dependencies import dependencies_of
from app.api.http.json_body import Query
from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer
from app.api.openapi.document import DEFAULT_SERVER
from app.api.openapi.operation import DocumentedResponse, public_operation
from app.api.openapi.parameters import parameter
from app.api.openapi.variants import Variant
from app.content_codings import IDENTITY, encoded, preferred_coding
from app.domain.accounts.client_address import client_scheme
from app.domain.errors import InvalidInputError
from app.domain.vocabulary import Dialect

# Of RFC 3986, section 3.2.2, what a client can reach: names, addresses, a port.
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)
# Addresses whose bytes are kept: anyone may name any in `Host`.
_KEPT = 12
# Stands for the address until it is known; no text of the document holds such a character.
_PLACE = "\0"
_DIALECTS = [dialect.value for dialect in Dialect]


class WrittenDocument(NamedTuple):
    """A document as JSON by the content codings in which it was asked for, and the digest of its content."""

    bodies: dict[str, bytes]
    digest: str

    def entity_tag(self, coding: str) -> str:
        """Return the tag of one coding: each has its own, since their bytes differ (RFC 9110, section 8.8.3.3)."""
        return f'"{self.digest}"' if coding == IDENTITY else f'"{self.digest}-{coding}"'


class ServedSpecification:
    """The variants of the specification with their bytes, each written once for each address."""

    def __init__(self, build: Callable[[Variant], tuple[bytes, bytes]], public_url: str | None) -> None:
        """Serve variants.

        Args:
            build: Writes a variant, as `around_address`.
            public_url: Where clients reach the API; None takes the address of each request.
        """
        self._public_url = public_url.rstrip("/") if public_url else None
        self._build = build
        self._kept: dict[tuple[Variant, str], WrittenDocument] = {}
        self._turn = asyncio.Lock()

    @property
    def for_anyone(self) -> bool:
        """Whether what one client gets may be kept for others: not where a client's own header stands in it."""
        return self._public_url is not None

    async def of(self, variant: Variant, request: AnyRequest) -> WrittenDocument:
        """Return a variant for a request."""
        key = variant, self._public_url or _address(request)
        if key in self._kept:
            return self._kept[key]
        # One after the other: those who name ever new hosts wait for one another, and nobody else for them.
        async with self._turn:
            # In a thread, since the first time it takes a tenth of a second.
            if key not in self._kept:
                self._kept[key] = await asyncio.to_thread(self._written, *key)
            written = self._kept[key]
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
            return written

    async def body(self, document: WrittenDocument, coding: str) -> bytes:
        """Return a document in a coding, in which it is compressed when it is first asked for."""
        if coding not in document.bodies:
            async with self._turn:
                if coding not in document.bodies:
                    document.bodies[coding] = await asyncio.to_thread(encoded, document.bodies[IDENTITY], coding)
        return document.bodies[coding]

    def _written(self, variant: Variant, server: str) -> WrittenDocument:
        before, after = self._build(variant)
        body = b"".join((before, msgspec.json.encode(server), after))
        return WrittenDocument({IDENTITY: body}, hashlib.sha256(body).hexdigest()[:32])


def around_address(document: dict[str, Any]) -> tuple[bytes, bytes]:
    """Write what stands before and behind the server's address in a specification."""
    servers = [{**document["servers"][0], "url": _PLACE}]
    before, _, after = msgspec.json.encode(document | {"servers": servers}).partition(msgspec.json.encode(_PLACE))
    return before, after


def _address(request: AnyRequest) -> str:
    """Return the origin of a request; that of `leadrun up` where its `Host` is none."""
    authority = request.headers.get("host", "")
    if not _AUTHORITY.fullmatch(authority):
        return DEFAULT_SERVER
    forwarded = request.headers.get("x-forwarded-proto", "")
    client = request.scope["client"]
    trusted = dependencies_of(request.scope).trusted_proxies
    return f"{client_scheme(request.scope['scheme'], forwarded, client[0] if client else '', trusted)}://{authority}"


_PARAMETERS = (
    parameter(
        "query",
        "dialect",
        "Only what a client of this dialect needs; without it, both.",
        {"type": "string", "enum": _DIALECTS},
    ),
    parameter(
        "header",
        "If-None-Match",
        "The `ETag` of the copy that you have; if it is still the newest, the answer is 304 without a body.",
        {"type": "string", "maxLength": 1024},
    ),
)


def _answers(version: str) -> dict[int, DocumentedResponse]:
    headers = ("ETag", "Access-Control-Allow-Origin")
    return {
        200: DocumentedResponse(
            description=f"OpenAPI {version}.", content={"schema": {"type": "object"}}, headers=headers
        ),
        304: DocumentedResponse(description="It is the one that `If-None-Match` names.", headers=headers),
    }


@public_operation(
    "GET",
    "/api/v1/openapi.json",
    parameters=_PARAMETERS,
    answers=_answers("3.1"),
    refuses=(InvalidInputError,),
)
async def get_specification(request: AnyRequest) -> Answer:
    """Show this specification in OpenAPI 3.1."""
    return await _serve(request, older=False)


@public_operation(
    "GET",
    "/api/v1/openapi-3.0.json",
    parameters=_PARAMETERS,
    answers=_answers("3.0.3"),
    refuses=(InvalidInputError,),
)
async def get_older_specification(request: AnyRequest) -> Answer:
    """Show this specification in OpenAPI 3.0.3, for tools that do not read 3.1.

    Events stand under `x-webhooks`; everything else is described alike.
    """
    return await _serve(request, older=True)


async def _serve(request: AnyRequest, *, older: bool) -> Answer:
    query = Query(request)
    named = query.text("dialect")
    if named and named not in _DIALECTS:
        query.wrong("dialect", f"must be one of {', '.join(_DIALECTS)}")
    query.check()
    specification: ServedSpecification = request.scope["app"].state.specification
    coding = preferred_coding(request.headers.getall("accept-encoding"))
    document = await specification.of(Variant(Dialect(named) if named else None, older), request)
    tag = document.entity_tag(coding)
    headers = {
        "content-type": "application/json",
        "cache-control": "no-cache" if specification.for_anyone else "private, no-cache",
        "etag": tag,
        "vary": "Accept-Encoding, Host",
        # For these documents alone: they hold no one's data, and importers in browsers ask for them.
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag",
    }
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Answer(status=304, headers=headers)
    if coding != IDENTITY:
        headers["content-encoding"] = coding
    return Answer(body=await specification.body(document, coding), headers=headers)
