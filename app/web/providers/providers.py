"""All providers in a table, and one with its prices, limits and figures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta

import msgspec

from app.domain.errors import UnavailableError, UnknownIdError
from app.domain.order.league import ProviderStanding
from app.domain.waterfall.provider_limits import Limit
from app.providers.setup.configured_provider import ConfiguredProvider, variable
from app.providers.setup.registry import ProviderSummary
from app.redis.provider_gate import ProviderGate
from app.store.figures.standings import standings
from app.store.figures.usage import UsageGroup, UsageRow, with_empty_days
from app.store.waterfall import provider_states
from app.store.waterfall.provider_states import LastCheck
from app.web.frame.bars import Amount, lay_out
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer

DAYS = 30
MICRO = 1_000_000


class ProviderState(msgspec.Struct, frozen=True):
    """The state of a provider: a word, the look of its badge, and what to do about it."""

    words: str
    kind: str
    advice: str = ""


@page("GET", "/app/providers")
async def list_providers(viewer: Viewer) -> Answer:
    """List the providers by tier, with their state and their figures."""
    gates, figures, checks = await _gates(viewer), await _figures(viewer), await _checks(viewer)
    registry = viewer.dependencies.registry
    finders = registry.listing(viewer.mode)
    verifiers = [one for one in registry.verifiers(viewer.mode) if one.name not in {other.name for other in finders}]
    return viewer.render(
        "providers/list.html",
        groups=[
            (
                title,
                [
                    (one, _state(_entry(viewer, one.name), one, gates), (figures or {}).get(one.name, []))
                    for one in listed
                ],
            )
            for title, listed in (("Finders", finders), ("Verifiers", verifiers))
            if listed
        ],
        checks=checks,
        days=DAYS,
        is_late=figures is None,
    )


@page("GET", "/app/providers/{slug}")
async def show_provider(viewer: Viewer) -> Answer:
    """Show one provider."""
    slug, registry = viewer.path_text("slug"), viewer.dependencies.registry
    listed = {one.name: one for one in (*registry.verifiers(viewer.mode), *registry.listing(viewer.mode))}
    if slug not in listed:
        raise UnknownIdError("provider")
    entry, gates, figures = _entry(viewer, slug), await _gates(viewer), await _figures(viewer)
    days = await _spend(viewer, slug)
    return viewer.render(
        "providers/provider.html",
        spend=days,
        bars=lay_out(
            Amount(round(day.cost_usd * MICRO), round(day.cost_usd * MICRO), f"{day.group}: ${day.cost_usd:.2f}")
            for day in days or ()
        ),
        provider=listed[slug],
        state=_state(entry, listed[slug], gates),
        gate=gates.get(slug, ""),
        has_key="key" in entry.credentials,
        has_free_call=entry.spec.balance is not None,
        is_set_up=entry.unusable is None,
        is_off=registry.is_switched_off(slug),
        check=(await _checks(viewer)).get(slug),
        variable=variable(slug, "API_KEY"),
        routes=[(route, entry.price(route), entry.is_on(route)) for route in entry.routes],
        limits=[_pace(limit) for limit in entry.limits],
        figures=(figures or {}).get(slug, []),
        days=DAYS,
        is_late=figures is None,
    )


def _entry(viewer: Viewer, slug: str) -> ConfiguredProvider:
    entry = viewer.dependencies.registry.entry(slug)
    if entry is None:
        raise UnknownIdError("provider")
    return entry


async def _gates(viewer: Viewer) -> dict[str, str]:
    """Read why providers rest, by their name."""
    found: dict[str, str] = {}
    for state in await ProviderGate(viewer.services.redis).states():
        found.setdefault(state.provider, f"{state.reason}; it is asked again in {state.seconds:.0f} s")
    return found


async def _spend(viewer: Viewer, slug: str) -> list[UsageRow] | None:
    """Read what a provider charged this account on each of the last days (UTC), the oldest first; None when late."""
    now = viewer.services.now()
    since = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    try:
        rows = await viewer.dependencies.usage(viewer.owner, since=since, until=now, by=UsageGroup.DAY, provider=slug)
    except UnavailableError:
        return None
    return with_empty_days(rows, since, now)


async def _checks(viewer: Viewer) -> Mapping[str, LastCheck]:
    """Read the last check of each provider."""
    async with viewer.services.read() as connection:
        return await provider_states.checks(connection)


async def _figures(viewer: Viewer) -> dict[str, Sequence[ProviderStanding]] | None:
    """Read how good each provider was for this account, by its name: a standing for each field; None when late."""
    now, owner = viewer.services.now(), viewer.owner

    async def read() -> Sequence[ProviderStanding]:
        async with viewer.services.read() as connection:
            since = now - timedelta(days=DAYS)
            return await standings(connection, since=since, until=now, mode=owner.mode, account_id=owner.account_id)

    try:
        rows = await viewer.dependencies.figures(("standings", owner), read)
    except UnavailableError:
        # Too many to be added up in time: the states, which an operator comes for, are shown without.
        return None
    found: dict[str, list[ProviderStanding]] = {}
    for row in rows:
        found.setdefault(row.provider, []).append(row)
    return dict(found)


def _state(entry: ConfiguredProvider, listed: ProviderSummary, gates: dict[str, str]) -> ProviderState:
    if "key" not in entry.credentials and entry.unusable:
        advice = f"Put its key into {variable(listed.name, 'API_KEY')} and restart, then it is asked."
        return ProviderState("no key", "miss", advice)
    if listed.reason:
        advice = f"It is {listed.reason}: look-ups go on without it, and what was under way ended."
        return ProviderState("switched off", "risky", advice)
    if not listed.enabled:
        return ProviderState("off", "miss", entry.unusable or "It is switched off by a setting.")
    if listed.name in gates:
        return ProviderState("resting", "trouble", gates[listed.name])
    return ProviderState("asked", "hit")


def _pace(limit: Limit) -> str:
    return f"{limit.calls} in {limit.seconds:g} s"
