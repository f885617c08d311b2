"""Loads the catalogue, joins it with the operator's settings, and answers what can be asked."""

import pkgutil
from collections.abc import Iterable
from decimal import Decimal
from importlib import import_module

import msgspec

from app.domain.vocabulary import Field, Mode, Tier
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.provider_limits import ConcurrencyLimit, GateKey, Limit
from app.providers import catalog
from app.providers.declaration.spec import Route, Spec
from app.providers.setup.configured_provider import ConfiguredProvider, configure, problems_of, variable
from app.settings.settings import Settings, SettingsError


class ProviderSummary(msgspec.Struct, frozen=True, kw_only=True):
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
            f"{variable(slug, '')}…: there is no provider {slug!r}; known are {', '.join(sorted(known))}"
            for slug in settings.providers
            if slug not in known
        ]
        for spec in known.values():
            problems += problems_of(spec, settings)
        if problems:
            raise SettingsError(problems)
        self._entries = {slug: configure(spec, settings) for slug, spec in known.items()}
        self._offers = {mode: tuple(self._make_offers(mode)) for mode in Mode}

    def entry(self, provider: str) -> ConfiguredProvider | None:
        """Return one provider."""
        return self._entries.get(provider)

    def entries(self, mode: Mode | None = None) -> tuple[ConfiguredProvider, ...]:
        """Return every provider, or those of one mode."""
        return tuple(e for e in self._entries.values() if mode is None or e.spec.mode is mode)

    def offers(self, mode: Mode) -> tuple[Offer, ...]:
        """Return every way of asking; those that cannot be asked say why."""
        return self._offers[mode]

    def listing(self, mode: Mode) -> tuple[ProviderSummary, ...]:
        """List the providers, by tier and name."""
        listed = [
            ProviderSummary(
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
        return (*(found.limits if found else ()), *entry.limits)

    def place(self, provider: str, field: Field, route: str) -> ConcurrencyLimit | None:
        """Return how many calls may be under way at once, where there is such a limit."""
        entry = self._entries.get(provider)
        found = entry.route(field, route) if entry else None
        if entry is None or found is None:
            return None
        if found.at_once:
            return ConcurrencyLimit(name=f"{provider}:{field.value}:{route}:{entry.credential}", at_once=found.at_once)
        return (
            ConcurrencyLimit(name=f"{provider}:{entry.credential}", at_once=entry.spec.at_once)
            if entry.spec.at_once
            else None
        )

    def looks(self, provider: str, field: Field, route: str) -> tuple[Limit, ...]:
        """Return how fast an asynchronous route may be polled, by its own limits and those that looks count in."""
        entry = self._entries.get(provider)
        found = entry.route(field, route) if entry else None
        if entry is None or found is None or found.poll is None:
            return ()
        return (*found.poll.limits, *(entry.limits if found.poll.counted else ()))

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
                    together=_together(entry, route),
                    unusable=entry.reason(route),
                    repeatable=route.repeatable,
                )


def _also(spec: Spec, route: Route) -> frozenset[Field]:
    if route.both is None:
        return frozenset()
    return frozenset(r.field for r in spec.routes if r.name == route.name) - {route.field}


def _together(entry: ConfiguredProvider, route: Route) -> Decimal:
    """Tell the most that one call for all fields of a route can cost: its own price, or each field's success."""
    both = entry.price_of_both(route)
    if both is not None:
        return both.worst
    siblings = [r for r in entry.spec.routes if r.name == route.name]
    return entry.price(route).call + sum((entry.price(r).success for r in siblings), Decimal(0))


def _type(spec: Spec) -> str:
    fields = {route.field for route in spec.routes if not route.optional}
    return "both" if len(fields) > 1 else next(iter(fields)).value
