"""Loads the catalogue, joins it with the operator's settings, and answers what can be asked."""

import hashlib
import pkgutil
from collections.abc import Iterable
from decimal import Decimal
from importlib import import_module
from urllib.parse import urlsplit

import httpx
import msgspec

from app.config import Settings, SettingsError
from app.domain.attempt import Offer, Price, Tier
from app.domain.contact import Field
from app.domain.pacing import GateKey, Limit
from app.domain.run import Mode
from app.providers import catalog
from app.providers.spec import Route, Spec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it is set up here.

    Attributes:
        credentials: ``key`` and ``secret``, as far as there are any.
        credential: Digest that stands for them where they must not be seen.
        poll_scale: Factor on the vendor's poll intervals.
        unusable: Why it cannot be asked, or None.
        prices: What the operator pays instead of the list price: ``call`` and ``success``, in USD.
    """

    spec: Spec
    base_url: str
    credentials: dict[str, str]
    credential: str
    poll_scale: float
    unusable: str | None
    prices: dict[str, Decimal] = {}

    def __repr__(self) -> str:
        """Show no credentials."""
        return f"Entry({self.spec.slug})"

    def route(self, field: Field, name: str) -> Route | None:
        """Return a route by field and name, if the catalogue (still) has it."""
        return next((r for r in self.spec.routes if r.field is field and r.name == name), None)

    def price(self, route: Route) -> Price:
        """Return what a route costs here."""
        return msgspec.structs.replace(route.price, **self.prices)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as clients see it; type is ``email``, ``phone`` or ``both``."""

    name: str
    title: str
    type: str
    tier: Tier
    enabled: bool


def load_specs() -> tuple[Spec, ...]:
    """Import every catalogue file; each has one `SPEC`."""
    names = sorted(module.name for module in pkgutil.iter_modules(catalog.__path__))
    specs = [import_module(f"{catalog.__name__}.{name}").SPEC for name in names]
    return tuple(specs)


class Registry:
    """The catalogue as it is set up in this process."""

    def __init__(self, settings: Settings, specs: Iterable[Spec] | None = None) -> None:
        """Join catalogue and settings.

        Args:
            settings: The operator's.
            specs: Instead of the catalogue.

        Raises:
            SettingsError: With every problem: an unknown provider, a base URL that is none, a key that cannot be one.
        """
        known = {spec.slug: spec for spec in (load_specs() if specs is None else specs)}
        problems = [
            f"{_variable(slug, '')}…: there is no provider {slug!r}; known are {', '.join(sorted(known))}"
            for slug in settings.providers
            if slug not in known
        ]
        for spec in known.values():
            problems += _problems(spec, settings)
        if problems:
            raise SettingsError(problems)
        self._entries = {slug: _entry(spec, settings) for slug, spec in known.items()}
        self._offers = {mode: tuple(self._make_offers(mode)) for mode in Mode}

    def entry(self, provider: str) -> Entry | None:
        """Return one provider."""
        return self._entries.get(provider)

    def entries(self, mode: Mode | None = None) -> tuple[Entry, ...]:
        """Return every provider, or those of one mode."""
        return tuple(e for e in self._entries.values() if mode is None or e.spec.mode is mode)

    def offers(self, mode: Mode) -> tuple[Offer, ...]:
        """Return every way of asking; those that cannot be asked say why."""
        return self._offers[mode]

    def listing(self, mode: Mode) -> tuple[Listed, ...]:
        """List the providers, by tier and name."""
        listed = [
            Listed(
                name=entry.spec.slug,
                title=entry.spec.title,
                type=_type(entry.spec),
                tier=entry.spec.tier,
                enabled=entry.unusable is None,
            )
            for entry in self.entries(mode)
        ]
        return tuple(sorted(listed, key=lambda item: (item.tier, item.name)))

    def limits(self, provider: str, field: Field, route: str) -> tuple[Limit, ...]:
        """Return how fast a route may be asked: its own limits, and those that all routes of the provider share."""
        entry = self._entries.get(provider)
        if entry is None:
            return ()
        found = entry.route(field, route)
        shared = tuple(msgspec.structs.replace(limit, shared=True) for limit in entry.spec.limits)
        return (*(found.limits if found else ()), *shared)

    def credential_tag(self, provider: str) -> str:
        """Return the short digest that stands for the credentials in use."""
        entry = self._entries.get(provider)
        return entry.credential if entry else "none"

    def gate_key(self, provider: str, field: Field, route: str) -> GateKey:
        """Name the gate through which a route is asked."""
        entry = self._entries.get(provider)
        return GateKey(
            provider=provider,
            field=field,
            route=route,
            credential=self.credential_tag(provider),
            closes_for=entry.spec.closes_for if entry else 0.0,
        )

    def _make_offers(self, mode: Mode) -> Iterable[Offer]:
        for entry in self.entries(mode):
            spec = entry.spec
            for route in spec.routes:
                yield Offer(
                    provider=spec.slug,
                    tier=spec.tier,
                    field=route.field,
                    route=route.name,
                    needs=frozenset(route.needs),
                    price=entry.price(route),
                    also=_also(spec, route),
                    unusable=entry.unusable,
                    repeatable=route.repeatable,
                )


def _also(spec: Spec, route: Route) -> frozenset[Field]:
    if route.both is None:
        return frozenset()
    return frozenset(r.field for r in spec.routes if r.name == route.name) - {route.field}


def _type(spec: Spec) -> str:
    fields = {route.field for route in spec.routes}
    return "both" if len(fields) > 1 else next(iter(fields)).value


def _variable(slug: str, part: str) -> str:
    return f"LEADRUN_PROVIDER_{slug.upper().replace('-', '_')}_{part}"


def _wants_secret(spec: Spec) -> bool:
    auth = spec.auth
    return "{secret}" in "".join((*auth.headers.values(), *auth.query.values(), *(auth.basic or ())))


def _entry(spec: Spec, settings: Settings) -> Entry:
    own = settings.provider(spec.slug)
    sandbox = settings.sandbox_url if spec.mode is Mode.TEST else None
    base = (own.base_url or spec.base_url or sandbox or "").rstrip("/")
    key = own.api_key or spec.public_key
    unusable = None
    if not own.enabled:
        unusable = f"switched off by {_variable(spec.slug, 'ENABLED')}"
    elif not base:
        unusable = "LEADRUN_SANDBOX_URL is not set"
    elif not key:
        unusable = f"{_variable(spec.slug, 'API_KEY')} is not set"
    elif _wants_secret(spec) and not own.api_secret:
        unusable = f"{_variable(spec.slug, 'API_SECRET')} is not set"
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
    )


def _problems(spec: Spec, settings: Settings) -> list[str]:
    own = settings.provider(spec.slug)
    problems = []
    if own.base_url is not None and not _is_base(own.base_url):
        problems.append(
            f"{_variable(spec.slug, 'BASE_URL')}: must be an http or https address without user, query or fragment"
        )
    for part, secret in (("API_KEY", own.api_key), ("API_SECRET", own.api_secret)):
        # A key travels in a header, which holds printable ASCII only (RFC 9110, 5.5).
        if secret is not None and not (secret.isascii() and secret.isprintable() and " " not in secret):
            problems.append(f"{_variable(spec.slug, part)}: must be printable ASCII without blanks")
    if own.api_key in spec.refused_keys:
        problems.append(
            f"{_variable(spec.slug, 'API_KEY')}: is {spec.title}'s dummy key, which answers with made-up data"
        )
    prices = (("PRICE_CALL", own.price_call), ("PRICE_SUCCESS", own.price_success))
    problems += [
        f"{_variable(spec.slug, part)}: must be an amount of USD, not below 0"
        for part, price in prices
        if price is not None and not (price.is_finite() and price >= 0)
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
