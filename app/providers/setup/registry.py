"""The registry: the catalogue joined with the operator's settings."""

import pkgutil
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from importlib import import_module
from typing import Literal

import msgspec

from app.domain.vocabulary import FINDABLE, Field, Mode, Tier
from app.domain.waterfall.attempt import SWITCHED_OFF
from app.providers import catalog
from app.providers.declaration.spec import Spec
from app.providers.setup.configured_provider import ConfiguredProvider, configure, problems_of, variable
from app.providers.setup.configured_route import ConfiguredRoute, configure_routes
from app.settings.settings import ProviderSettings, Settings, SettingsError

Kind = Literal["email", "phone", "both", "verify"]


class ProviderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as clients see it; type is what it finds, or ``verify`` where it is listed as a verifier.

    Attributes:
        reason: Why it is not asked, where that is no matter of its set-up; else None.
    """

    name: str
    title: str
    type: Kind
    tier: Tier
    enabled: bool
    reason: str | None = None


def load_specs() -> tuple[Spec, ...]:
    """Import every catalogue file; each has one `SPEC`."""
    names = sorted(module.name for module in pkgutil.iter_modules(catalog.__path__))
    specs = [import_module(f"{catalog.__name__}.{name}").SPEC for name in names]
    return tuple(specs)


def provider_problems(settings: Settings, specs: Iterable[Spec] | None = None) -> list[str]:
    """List what is wrong with the settings of providers, one sentence each; unknown providers among them.

    Args:
        settings: The operator's.
        specs: Instead of the catalogue.
    """
    known = {spec.slug: spec for spec in (load_specs() if specs is None else specs)}
    problems = []
    for slug, own in settings.providers.items():
        if slug not in known:
            near = get_close_matches(slug, known, 1)
            for part in _parts(own):
                hint = f"did you mean {variable(near[0], part)}?" if near else f"known are {', '.join(sorted(known))}"
                problems.append(f"{variable(slug, part)}: there is no provider {slug!r}; {hint}")
    for spec in known.values():
        problems += problems_of(spec, settings)
    return list(dict.fromkeys(problems))


def _parts(own: ProviderSettings) -> list[str]:
    """List the settings of a provider that differ from their defaults, or an ellipsis."""
    default = msgspec.structs.asdict(ProviderSettings())
    return [name.upper() for name, value in msgspec.structs.asdict(own).items() if value != default[name]] or ["…"]


class Registry:
    """The providers as they are set up in this process, less those that operators have switched off meanwhile."""

    def __init__(self, settings: Settings, specs: Iterable[Spec] | None = None) -> None:
        """Join catalogue and settings.

        Args:
            settings: The operator's.
            specs: Instead of the catalogue.

        Raises:
            SettingsError: With every problem: an unknown provider, a base URL that is none, a key that cannot be one.
        """
        known = {spec.slug: spec for spec in (load_specs() if specs is None else specs)}
        problems = provider_problems(settings, tuple(known.values()))
        if problems:
            raise SettingsError(problems)
        self._entries = {slug: configure(spec, settings) for slug, spec in known.items()}
        routes = [route for entry in self._entries.values() for route in configure_routes(entry)]
        self._named = {(route.provider, route.field, route.route): route for route in routes}
        self._names = {mode: tuple(entry.spec.slug for entry in self.entries(mode)) for mode in Mode}
        self._switched_off: frozenset[str] = frozenset()
        self._arrange()

    def switch_off(self, providers: Iterable[str]) -> None:
        """Call these providers no more, and all others as they are set up; plans that are made already are kept."""
        names = frozenset(providers)
        if names != self._switched_off:
            self._switched_off = names
            self._arrange()

    def is_switched_off(self, provider: str) -> bool:
        """Return whether an operator has switched a provider off."""
        return provider in self._switched_off

    def _arrange(self) -> None:
        """Compute what is asked for with each look-up."""
        off = self._switched_off
        routes = [
            msgspec.structs.replace(route, unusable=route.unusable or SWITCHED_OFF) if route.provider in off else route
            for route in self._named.values()
        ]
        self._offers = {mode: tuple(r for r in routes if r.configured.spec.mode is mode) for mode in Mode}
        self._verifying = {
            mode: tuple(r for r in offers if r.field is Field.VERIFY) for mode, offers in self._offers.items()
        }
        self._listings = {mode: tuple(_listing(self.entries(mode), _finds, off)) for mode in Mode}
        self._verifiers = {mode: tuple(_listing(self.entries(mode), _verifies, off)) for mode in Mode}

    def entry(self, provider: str) -> ConfiguredProvider | None:
        """Return one provider as it is set up."""
        return self._entries.get(provider)

    def entries(self, mode: Mode | None = None) -> tuple[ConfiguredProvider, ...]:
        """Return every provider as it is set up, or those of one mode."""
        return tuple(e for e in self._entries.values() if mode is None or e.spec.mode is mode)

    def offers(self, mode: Mode) -> tuple[ConfiguredRoute, ...]:
        """Return every route; those that cannot be called say why."""
        return self._offers[mode]

    def verifying(self, mode: Mode) -> tuple[ConfiguredRoute, ...]:
        """Return every route that verifies an address."""
        return self._verifying[mode]

    def offer(self, provider: str, field: Field, route: str) -> ConfiguredRoute | None:
        """Return a route that is stored by its name, if the catalogue (still) has it.

        What has begun goes on, so that a provider that was switched off meanwhile is polled for its results.
        """
        return self._named.get((provider, field, route))

    def listing(self, mode: Mode) -> tuple[ProviderSummary, ...]:
        """Return the providers that find something as clients see them, by tier and name."""
        return self._listings[mode]

    def verifiers(self, mode: Mode) -> tuple[ProviderSummary, ...]:
        """Return the providers that verify addresses as clients see them, by tier and name."""
        return self._verifiers[mode]

    def names(self, mode: Mode) -> tuple[str, ...]:
        """Return the names of the providers that keys of a mode reach."""
        return self._names[mode]


def _listing(
    entries: Iterable[ConfiguredProvider], kind_of: Callable[[ConfiguredProvider], Kind | None], off: frozenset[str]
) -> list[ProviderSummary]:
    listed = [
        ProviderSummary(
            name=entry.spec.slug,
            title=entry.spec.title,
            type=kind,
            tier=Tier(entry.spec.tier),
            enabled=entry.unusable is None
            and entry.spec.slug not in off
            and (kind != "verify" or _verify_route_is_on(entry)),
            reason=SWITCHED_OFF if entry.spec.slug in off else None,
        )
        for entry in entries
        if (kind := kind_of(entry))
    ]
    return sorted(listed, key=lambda item: (item.tier, item.name))


def _finds(entry: ConfiguredProvider) -> Kind | None:
    fields = {route.field for route in entry.routes if route.field in FINDABLE}
    on = {route.field for route in entry.routes if route.field in fields and not route.optional}
    if not fields:
        return None
    if len(on) > 1:
        return "both"
    return "email" if Field.EMAIL in on else "phone"


def _verifies(entry: ConfiguredProvider) -> Kind | None:
    return "verify" if any(route.field is Field.VERIFY for route in entry.routes) else None


def _verify_route_is_on(entry: ConfiguredProvider) -> bool:
    return any(route.field is Field.VERIFY and entry.is_on(route) for route in entry.routes)
