"""One provider as it is set up here: its declaration joined with the settings, and what is wrong with them."""

import hashlib
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
import msgspec

from app.config import Settings
from app.domain.attempt import Price
from app.domain.contact import Field
from app.domain.pacing import Limit
from app.domain.run import Mode
from app.providers.spec import Route, Spec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it is set up here.

    Attributes:
        credentials: ``key`` and ``secret``, as far as there are any.
        credential: Digest that stands for them where they must not be seen.
        poll_scale: Factor on the vendor's poll intervals.
        unusable: Why it cannot be asked, or None.
        prices: What the operator pays instead of the list price: ``call`` and ``success``, in USD.
        credit: What the operator pays for one of the vendor's credits, in USD.
        limits: How fast the provider may be asked over all its routes.
        routes: Fields and names of optional routes that the operator switched on.
        values: What templates may use besides the contact: ``public_url``.
    """

    spec: Spec
    base_url: str
    credentials: dict[str, str]
    credential: str
    poll_scale: float
    unusable: str | None
    prices: dict[str, Decimal] = {}
    credit: Decimal | None = None
    routes: frozenset[str] = frozenset()
    values: dict[str, str] = {}
    limits: tuple[Limit, ...] = ()

    def __repr__(self) -> str:
        """Show no credentials."""
        return f"Entry({self.spec.slug})"

    def route(self, field: Field, name: str) -> Route | None:
        """Return a route by field and name, if the catalogue (still) has it."""
        return next((r for r in self.spec.routes if r.field is field and r.name == name), None)

    def price(self, route: Route) -> Price:
        """Return what a route costs here; a price of the operator's for a credit changes all in proportion."""
        price = route.price
        if self.credit is not None and route.charged and route.charged.usd:
            scale = self.credit / route.charged.usd
            price = msgspec.structs.replace(price, call=price.call * scale, success=price.success * scale)
        return msgspec.structs.replace(price, **self.prices)

    def reason(self, route: Route) -> str | None:
        """Say why a route cannot be asked here, or None."""
        if self.unusable:
            return self.unusable
        if route.optional and not self.routes & {route.field.value, route.name}:
            return f"switched off unless {variable(self.spec.slug, 'ROUTES')} names {route.field.value}"
        if "public_url" not in self.values and "{public_url}" in msgspec.json.encode(route.request).decode():
            return "LEADRUN_PUBLIC_URL is not set"
        return None


def variable(slug: str, part: str) -> str:
    """Name the setting of a provider."""
    return f"LEADRUN_PROVIDER_{slug.upper().replace('-', '_')}_{part}"


def _wants_secret(spec: Spec) -> bool:
    return "{secret}" in repr(spec.auth)


def make_entry(spec: Spec, settings: Settings) -> Entry:
    """Join a provider's declaration with the operator's settings."""
    own = settings.provider(spec.slug)
    sandbox = settings.sandbox_url if spec.mode is Mode.TEST else None
    base = (own.base_url or spec.base_url or sandbox or "").rstrip("/")
    key = own.api_key or spec.public_key
    unusable = None
    if not own.enabled:
        unusable = f"switched off by {variable(spec.slug, 'ENABLED')}"
    elif not base:
        unusable = "LEADRUN_SANDBOX_URL is not set"
    elif not key:
        unusable = f"{variable(spec.slug, 'API_KEY')} is not set"
    elif _wants_secret(spec) and not own.api_secret:
        unusable = f"{variable(spec.slug, 'API_SECRET')} is not set"
    credentials = {n: v for n, v in (("key", key), ("secret", own.api_secret)) if v}
    digest = hashlib.sha256("\x1f".join(credentials.values()).encode()).hexdigest()[:12]
    return Entry(
        spec=spec,
        base_url=base,
        credentials=credentials,
        credential=digest if credentials else "none",
        poll_scale=settings.provider_poll_scale if own.base_url else 1.0,
        unusable=unusable,
        prices={n: v for n, v in (("call", own.price_call), ("success", own.price_success)) if v is not None},
        credit=own.price_credit,
        routes=frozenset(own.routes),
        limits=tuple(Limit(calls=c, seconds=s, shared=True) for c, s in own.limits)
        or tuple(msgspec.structs.replace(limit, shared=True) for limit in spec.limits),
        values={"public_url": settings.public_url.rstrip("/")} if settings.public_url else {},
    )


def problems_of(spec: Spec, settings: Settings) -> list[str]:
    """List what is wrong with the operator's settings of a provider, one sentence each."""
    own = settings.provider(spec.slug)
    problems = []
    if own.base_url is not None and not _is_base(own.base_url):
        problems.append(
            f"{variable(spec.slug, 'BASE_URL')}: must be an http or https address without user, query or fragment"
        )
    for part, secret in (("API_KEY", own.api_key), ("API_SECRET", own.api_secret)):
        # A key travels in a header, which holds printable ASCII only (RFC 9110, 5.5).
        if secret is not None and not (secret.isascii() and secret.isprintable() and " " not in secret):
            problems.append(f"{variable(spec.slug, part)}: must be printable ASCII without blanks")
    if own.api_key in spec.refused_keys:
        problems.append(
            f"{variable(spec.slug, 'API_KEY')}: is {spec.title}'s dummy key, which answers with made-up data"
        )
    prices = (("PRICE_CALL", own.price_call), ("PRICE_SUCCESS", own.price_success), ("PRICE_CREDIT", own.price_credit))
    problems += [
        f"{variable(spec.slug, part)}: must be an amount of USD, not below 0"
        for part, price in prices
        if price is not None and not (price.is_finite() and price >= 0)
    ]
    optional = {name for route in spec.routes if route.optional for name in (route.field.value, route.name)}
    problems += [
        f"{variable(spec.slug, 'ROUTES')}: {name!r} is none that can be switched on"
        f" ({', '.join(sorted(optional)) or 'all are on'})"
        for name in own.routes
        if name not in optional
    ]
    if spec.mode is Mode.TEST and settings.sandbox_url is not None and not _is_base(settings.sandbox_url):
        problems.append("LEADRUN_SANDBOX_URL: must be an http or https address")
    return list(dict.fromkeys(problems))


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and port != 0
