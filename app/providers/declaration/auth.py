"""What is sent to a vendor: request templates, and where the credentials go."""

import msgspec

from app.providers.declaration.response import Path


class RequestTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A request template.

    ``{name}`` in any text stands for an input of the contact, a part of the ticket, ``{key}`` or ``{secret}``. A member
    whose inputs are not all known is left out, and so is an object or a list that becomes empty by it.

    Attributes:
        path: Below the provider's base URL; inputs in it are percent-encoded.
        json: Body as JSON; excludes `form`, which is sent URL-encoded.
    """

    method: str
    path: str
    query: dict[str, object] = {}
    json: object = None
    form: dict[str, object] | None = None
    headers: dict[str, str] = {}


class TokenExchange(msgspec.Struct, frozen=True, kw_only=True):
    """A short-lived token for which the credentials are exchanged; it is kept by each process, and renewed on a 401.

    Attributes:
        request: Its templates may hold ``{key}`` and ``{secret}``.
        at: Where the answer has the token.
        lasts: Where the answer has its life in seconds.
    """

    request: RequestTemplate
    at: Path
    lasts: Path


class Auth(msgspec.Struct, frozen=True, kw_only=True):
    """Where the key goes, as templates of ``{key}``, ``{secret}``, ``{token}``; `basic` is user and password."""

    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    basic: tuple[str, str] | None = None
    token: TokenExchange | None = None
