"""Where the credentials go in a request, as data."""

import msgspec

from app.providers.declaration.messages import Path, RequestTemplate


class TokenExchange(msgspec.Struct, frozen=True, kw_only=True):
    """A short-lived token in exchange for the credentials; each process keeps its own, and renews it after a 401.

    Attributes:
        request: Its templates may hold ``{key}`` and ``{secret}``.
        at: Path to the token in the answer.
        lasts: Path to the token's life in seconds.
    """

    request: RequestTemplate
    at: Path
    lasts: Path


class Auth(msgspec.Struct, frozen=True, kw_only=True):
    """Where the key goes, as templates of ``{key}``, ``{secret}``, ``{token}``.

    Attributes:
        basic: User and password of HTTP Basic authentication (RFC 7617).
        token: The exchange that gives ``{token}``.
    """

    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    basic: tuple[str, str] | None = None
    token: TokenExchange | None = None
