"""One route as it is set up here: an offer that carries its provider and its declaration."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import ZERO
from app.domain.waterfall.attempt import Offer, Price
from app.domain.waterfall.provider_limits import ConcurrencyLimit, GateKey, Limit
from app.providers.declaration.finder import Route
from app.providers.declaration.values import Values
from app.providers.setup.configured_provider import ConfiguredProvider


class ConfiguredRoute(Offer, frozen=True, kw_only=True, eq=False):
    """An offer with everything that a call of it needs, so that nothing is looked up by name.

    Attributes:
        configured: The provider.
        declared: The route.
        values: Where the values of each field stand in an answer; other fields than the route's own are those that
            the same call may buy.
        success: USD of a success of each of these fields.
        both_price: Of one call for all of them, where that is not the sum of each one's price.
        credit: USD of one of the vendor's credits, where answers have their cost in credits.
        own_prices: Fields for which the operator set a price, which then counts before the answer's.
        limits: Rate limits of calls.
        concurrency: How many calls may be under way at the same time, where that is limited.
        gate: The gate of calls.
        poll_limits: Rate limits of polls.
        poll_gate: The gate of polls.
    """

    configured: ConfiguredProvider
    declared: Route
    values: dict[Field, Values]
    success: dict[Field, Decimal]
    both_price: Price | None
    credit: Decimal | None
    own_prices: frozenset[Field]
    limits: tuple[Limit, ...]
    concurrency: ConcurrencyLimit | None
    gate: GateKey
    poll_limits: tuple[Limit, ...]
    poll_gate: GateKey


def configure_routes(configured: ConfiguredProvider) -> tuple[ConfiguredRoute, ...]:
    """Make the offers of a provider, in its order of preference."""
    routes = configured.routes
    return tuple(_configure(configured, route, [r for r in routes if r.name == route.name]) for route in routes)


def _configure(configured: ConfiguredProvider, route: Route, siblings: Sequence[Route]) -> ConfiguredRoute:
    spec, poll, charge = configured.spec, route.poll, route.charged
    prices = {sibling.field: configured.price(sibling) for sibling in siblings}
    price, both_price = prices[route.field], configured.price_of_both(route)
    return ConfiguredRoute(
        provider=spec.slug,
        tier=Tier(spec.tier),
        field=route.field,
        route=route.name,
        needs=frozenset(route.needs),
        price=price,
        prior=configured.prior(route),
        also=frozenset(prices) - {route.field} if route.both else frozenset(),
        # The most that one call for all fields can cost: its own price, or each field's success.
        together=both_price.worst if both_price else price.call + sum((p.success for p in prices.values()), ZERO),
        unusable=configured.reason(route),
        repeatable=route.repeatable,
        configured=configured,
        declared=route,
        values={sibling.field: sibling.values for sibling in siblings},
        success={field: price.success for field, price in prices.items()},
        both_price=both_price,
        credit=(configured.credit if configured.credit is not None else charge.usd) if charge else None,
        own_prices=frozenset(field for field in prices if configured.own_prices(field)),
        limits=configured.limits if configured.own_limits else (*route.limits, *configured.limits),
        concurrency=_concurrency(configured, route),
        gate=_gate(configured, route, route.name),
        poll_limits=(*poll.limits, *(configured.limits if poll.counted else ())) if poll else (),
        poll_gate=_gate(configured, route, f"{route.name}+looks"),
    )


def _concurrency(configured: ConfiguredProvider, route: Route) -> ConcurrencyLimit | None:
    provider, credential = configured.spec.slug, configured.credential
    if route.at_once:
        name = f"{provider}:{route.field.value}:{route.name}:{credential}"
        return ConcurrencyLimit(name=name, at_once=route.at_once)
    at_once = configured.spec.at_once
    return ConcurrencyLimit(name=f"{provider}:{credential}", at_once=at_once) if at_once else None


def _gate(configured: ConfiguredProvider, route: Route, name: str) -> GateKey:
    return GateKey(
        provider=configured.spec.slug,
        field=route.field,
        route=name,
        credential=configured.credential,
        closes_for=configured.spec.closes_for,
    )
