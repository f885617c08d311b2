"""Cookies, tokens against forged requests, and the headers that bind a browser to our own files."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.domain.accounts.client_address import TrustedProxies, client_scheme
from app.web.frame.request import COOKIES, OF_THIS_HOST, WebRequest

SESSION_COOKIE = f"{COOKIES}session"
# Of people who are not signed in yet: their forms have a token as well.
FORM_COOKIE = f"{COOKIES}form"
THEME_COOKIE = f"{COOKIES}theme"
COOKIE_DAYS = 30
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
# Nothing inline, nothing from elsewhere; small pictures of our own stylesheet are data.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OWN_SITES = {"same-origin", "none"}


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def csrf_token(secret: str) -> str:
    """Return the token of a cookie's secret, which reveals nothing of it."""
    return hashlib.sha256(b"csrf:" + secret.encode()).hexdigest()


def is_token(secret: str, token: str) -> bool:
    """Return whether a token is that of a cookie's secret."""
    return bool(secret) and hmac.compare_digest(csrf_token(secret).encode(), token.encode())


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Return whether the browser says that another site makes this request (Fetch Metadata)."""
    return headers.get("sec-fetch-site", "none") not in _OWN_SITES


def is_https(request: WebRequest, trusted: TrustedProxies, public_url: str | None) -> bool:
    """Return whether the person's browser reaches us by HTTPS, perhaps through a proxy that ends it."""
    return _came_by_https(request, trusted) or (public_url or "").startswith("https:")


def can_bind(request: WebRequest, trusted: TrustedProxies, public_url: str | None) -> bool:
    """Return whether the browser takes cookies of this very host: by HTTPS, or under the public URL's host if that is.

    It does not where an operator opens the app by HTTP on the machine itself.
    """
    public = urlsplit(public_url or "")
    is_public = public.scheme == "https" and _host(public.netloc) == _host(request.headers.get("host", ""))
    return is_public or _came_by_https(request, trusted)


def _came_by_https(request: WebRequest, trusted: TrustedProxies) -> bool:
    forwarded = request.headers.get("x-forwarded-proto", "")
    peer = request.client.host if request.client else ""
    return client_scheme(request.url.scheme, forwarded, peer, trusted) == "https"


def _host(authority: str) -> str:
    return authority.lower().removesuffix(":443")


def cookie_name(name: str, *, bound: bool) -> str:
    """Return the name of a cookie that is bound to this very host, or of one that is not."""
    return f"{OF_THIS_HOST}{name}" if bound else name


def cookie(name: str, value: str, *, secure: bool, bound: bool, days: int = COOKIE_DAYS) -> str:
    """Write a cookie that scripts and other sites' forms do not get; without a value it is deleted.

    Args:
        name: Without a prefix.
        value: The value; empty deletes it.
        secure: Whether browsers send it by HTTPS alone.
        bound: Whether it is this very host's alone, which browsers take by HTTPS only.
        days: How long they keep it.
    """
    where = "Path=/" if bound else "Path=/app"
    age = days * 86_400 if value else 0
    by = "; Secure" if secure or bound else ""
    return f"{cookie_name(name, bound=bound)}={value}; {where}; Max-Age={age}; HttpOnly; SameSite=Lax{by}"


def end_of_older(name: str) -> str:
    """Delete a cookie that a version before `__Host-` set over HTTPS."""
    return f"{name}=; Path=/app; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
