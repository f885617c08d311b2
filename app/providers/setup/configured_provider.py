"""One provider as it is set up here: its declaration joined with the settings, and what is wrong with them."""

import hashlib
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
import msgspec

from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.attempt import Price
from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.spec import Route, Spec
from app.settings.settings import Settings

PRICES = ("call", "success", *(f"{part}_{field.value}" for part in ("call", "success") for field in Field))


class ConfiguredProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it is set up here.

    Attributes:
        credentials: ``key`` and ``secret``, as far as there are any.
        credential: Digest that stands for them where they must not be seen.
        poll_scale: Factor on the vendor's poll intervals.
        unusable: Why it cannot be asked, or None.
        prices: What the operator pays instead of the list price, in USD: ``call`` and ``success``, or for one field
            alone ``call_email`` and so on; see `own_prices`.
        credit: What the operator pays for one of the vendor's credits, in USD.
        limits: How fast the provider may be asked over all its routes.
        routes: Fields and names of optional routes that the operator switched on.
        values: What templates may use besides the contact: ``public_url``.
        other_domains: An address that is not at the company's domain is a hit where the vendor grades it valid.
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
    other_domains: bool = False

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
        return msgspec.structs.replace(price, **self.own_prices(route.field))

    def own_prices(self, field: Field) -> dict[str, Decimal]:
        """Return what the operator says of ``call`` and ``success`` for one field; what is said of it alone counts."""
        known = {part: self.prices.get(f"{part}_{field.value}", self.prices.get(part)) for part in ("call", "success")}
        return {part: price for part, price in known.items() if price is not None}

    def price_of_both(self, route: Route) -> Price | None:
        """Return what a call for both fields costs where that is not the sum of what each costs."""
        if route.both_price is None or self.prices.keys() - {"call", "success"}:
            return None
        return msgspec.structs.replace(route.both_price, **self.prices)

    def reason(self, route: Route) -> str | None:
        """Say why a route cannot be asked here, or None."""
        if self.unusable:
            return self.unusable
        if route.optional and not self.routes & {route.field.value, route.name}:
            return f"switched off unless {variable(self.spec.slug, 'ROUTES')} names {route.field.value}"
        called_back = bool(route.poll and route.poll.callback)
        if called_back or "{public_url}" in msgspec.json.encode(route.request).decode():
            public = self.values.get("public_url")
            if public is None:
                return "LEADRUN_PUBLIC_URL is not set"
            # A vendor posts people's data to it over the open net; a played one is on this machine.
            if called_back and self.base_url == self.spec.base_url and not public.startswith("https://"):
                return "LEADRUN_PUBLIC_URL does not begin with https://"
        return None


def variable(slug: str, part: str) -> str:
    """Name the setting of a provider."""
    return f"LEADRUN_PROVIDER_{slug.upper().replace('-', '_')}_{part}"


def _wants_secret(spec: Spec) -> bool:
    return "{secret}" in repr(spec.auth)


def configure(spec: Spec, settings: Settings) -> ConfiguredProvider:
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
    return ConfiguredProvider(
        spec=spec,
        base_url=base,
        credentials=credentials,
        credential=digest if credentials else "none",
        poll_scale=settings.provider_poll_scale if own.base_url else 1.0,
        unusable=unusable,
        prices={name: price for name in PRICES if (price := getattr(own, f"price_{name}")) is not None},
        credit=own.price_credit,
        routes=frozenset(own.routes),
        limits=tuple(Limit(calls=c, seconds=s, shared=True) for c, s in own.limits)
        or tuple(msgspec.structs.replace(limit, shared=True) for limit in spec.limits),
        values={"public_url": settings.public_url.rstrip("/")} if settings.public_url else {},
        other_domains=settings.accept_other_domains,
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
    prices = ((name, getattr(own, f"price_{name}")) for name in (*PRICES, "credit"))
    problems += [
        f"{variable(spec.slug, f'PRICE_{name.upper()}')}: must be an amount of USD, not below 0"
        for name, price in prices
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
