"""One provider as it is set up here: its declaration joined with the settings, and the faults of these."""

import hashlib
from decimal import Decimal
from urllib.parse import urlsplit

import msgspec
from yarl import URL

from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.attempt import Price, Prior
from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.finder import Route
from app.providers.declaration.spec import Spec
from app.settings.settings import Settings

PRICES = ("call", "success", *(f"{part}_{field.value}" for part in ("call", "success") for field in Field))

POLLED_SECONDS = 8.0


class ConfiguredProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it is set up here.

    Attributes:
        routes: Every route that the catalogue declares.
        credentials: ``key`` and ``secret``, as far as there are any.
        credential: Digest that stands for them where they must not be seen.
        poll_scale: Factor on the vendor's poll intervals.
        unusable: Why it cannot be called, or None.
        prices: The operator's prices in place of the list price, in USD: ``call`` and ``success``, or for one field
            alone ``call_email`` and so on; see `own_prices`.
        credit: The operator's price of one of the vendor's credits, in USD.
        limits: Rate limits over all its routes.
        match_rates: The operator's prior chances (0-1) that a call returns something.
        own_limits: They are the operator's, and stand in place of the vendor's for single routes and pools as well.
        switched_on: Fields and names of optional routes that the operator switched on.
        public_url: Our own base URL, at which vendors post results; None where it is not set.
        other_domains: An address that is not at the company's domain is a hit where the vendor grades it valid.
    """

    spec: Spec
    routes: tuple[Route, ...]
    base_url: str
    credentials: dict[str, str]
    credential: str
    poll_scale: float
    unusable: str | None
    prices: dict[str, Decimal] = {}
    credit: Decimal | None = None
    switched_on: frozenset[str] = frozenset()
    public_url: str | None = None
    limits: tuple[Limit, ...] = ()
    own_limits: bool = False
    match_rates: dict[Field, float] = {}
    other_domains: bool = False

    def __repr__(self) -> str:
        """Show no credentials."""
        return f"ConfiguredProvider({self.spec.slug})"

    def is_on(self, route: Route) -> bool:
        """Check whether a route is called by itself, or was switched on."""
        return not route.optional or bool(self.switched_on & {route.field.value, route.name})

    def price(self, route: Route) -> Price:
        """Return the price of a route here; the operator's price of a credit changes it in proportion."""
        price = route.price
        if self.credit is not None and route.charged and route.charged.usd:
            scale = self.credit / route.charged.usd
            price = msgspec.structs.replace(price, call=price.call * scale, success=price.success * scale)
        return msgspec.structs.replace(price, **self.own_prices(route.field))

    def prior(self, route: Route) -> Prior:
        """Return the belief about a route before anything was observed; the operator's counts first."""
        prior = prior_of(route)
        own = self.match_rates.get(route.field)
        return prior if own is None else msgspec.structs.replace(prior, returns=own, source="the operator's settings")

    def own_prices(self, field: Field) -> dict[str, Decimal]:
        """Return the operator's ``call`` and ``success`` for one field; a price of that field alone counts first."""
        if not self.prices:
            return {}
        known = {part: self.prices.get(f"{part}_{field.value}", self.prices.get(part)) for part in ("call", "success")}
        return {part: price for part, price in known.items() if price is not None}

    def price_of_both(self, route: Route) -> Price | None:
        """Return the price of a call for both fields, where that is not the sum of each one's price."""
        if route.both_price is None or self.prices.keys() - {"call", "success"}:
            return None
        return msgspec.structs.replace(route.both_price, **self.prices)

    def reason(self, route: Route) -> str | None:
        """Return why a route cannot be called here, or None."""
        if self.unusable:
            return self.unusable
        if not self.is_on(route):
            return f"switched off unless {variable(self.spec.slug, 'ROUTES')} names {route.field.value}"
        if route.poll and route.poll.callback:
            if self.public_url is None:
                return "LEADRUN_PUBLIC_URL is not set"
            # A vendor posts people's data to it over the open net; a played one is on this machine.
            if self.base_url == self.spec.base_url and not self.public_url.startswith("https://"):
                return "LEADRUN_PUBLIC_URL does not begin with https://"
        return None


def prior_of(route: Route) -> Prior:
    """Return the belief about a route by the catalogue; a task that is polled takes longer (house priors)."""
    polled = route.poll and not route.prior.seconds_source
    return msgspec.structs.replace(route.prior, seconds=POLLED_SECONDS) if polled else route.prior


def variable(slug: str, part: str) -> str:
    """Return the name of a provider's setting."""
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
        routes=spec.routes,
        base_url=base,
        credentials=credentials,
        credential=digest if credentials else "none",
        poll_scale=settings.provider_poll_scale if own.base_url else 1.0,
        unusable=unusable,
        prices={name: price for name in PRICES if (price := getattr(own, f"price_{name}")) is not None},
        credit=own.price_credit,
        switched_on=frozenset(own.routes),
        limits=tuple(Limit(calls=c, seconds=s, shared=True) for c, s in own.limits)
        or tuple(msgspec.structs.replace(limit, shared=True) for limit in spec.limits),
        own_limits=bool(own.limits),
        match_rates={
            field: rate
            for field, rate in ((Field.EMAIL, own.match_rate_email), (Field.PHONE, own.match_rate_phone))
            if rate is not None
        },
        public_url=settings.public_url.rstrip("/") if settings.public_url else None,
        other_domains=settings.accept_other_domains,
    )


def problems_of(spec: Spec, settings: Settings) -> list[str]:
    """List the faults of the operator's settings of a provider, one sentence each."""
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
        f"{variable(spec.slug, 'ROUTES')}: {name!r} cannot be switched on;"
        f" {', '.join(sorted(optional)) + ' can' if optional else 'all ways are on already'}"
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
        URL(url)
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and port != 0
