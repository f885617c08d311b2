"""Waterfalls as data: the providers to ask and their order, the answers to accept, and what may be spent."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

import msgspec

from app.domain.order.index import Worth
from app.domain.vocabulary import FINDABLE, Field, Lane

DEFAULT = "default"


class Strategy(StrEnum):
    """How the providers of a field are ordered."""

    TIERS = "tiers"
    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    FIXED = "fixed"


class Accepts(StrEnum):
    """Which e-mail addresses end the search: valid ones, or risky ones (catch-all domains) as well."""

    VALID = "valid"
    VALID_OR_RISKY = "valid_or_risky"


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Rules of a field, or of both; None leaves a member open.

    Attributes:
        providers: Only these; the strategy `fixed` asks them in this order.
        worth_usd: What an accepted value is worth; nobody is asked whose accepted value is expected to cost more.
        risky_worth_usd: What a risky address in hand is worth; the search goes on only while it pays.
        second_usd: What a second of waiting costs, for the strategies `cheapest` and `fastest`.
    """

    strategy: Strategy | None = None
    providers: tuple[str, ...] | None = None
    accept: Accepts | None = None
    worth_usd: float | None = None
    risky_worth_usd: float | None = None
    second_usd: float | None = None


class Waterfall(Rules, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A waterfall: rules for both fields, which the rules of a field override member by member.

    Attributes:
        max_cost_usd: The most that the providers may charge for a contact.
        max_age_days: Answers of the cache that are older do not count.
        name: Under which it was found.
    """

    email: Rules | None = None
    phone: Rules | None = None
    max_cost_usd: float | None = None
    max_age_days: float | None = None
    name: str = Strategy.TIERS.value

    def rules(self, field: Field) -> Rules:
        """Return what holds for a field; the strategy is known."""
        own = self._own(field)
        given = {name: value for name in Rules.__struct_fields__ if (value := getattr(own, name, None)) is not None}
        merged: Rules = Rules(**{name: getattr(self, name) for name in Rules.__struct_fields__} | given)
        if merged.strategy is None:
            strategy = Strategy.TIERS if merged.providers is None else Strategy.FIXED
            merged = msgspec.structs.replace(merged, strategy=strategy)
        return merged

    def _own(self, field: Field) -> Rules | None:
        return {Field.EMAIL: self.email, Field.PHONE: self.phone}.get(field)

    @property
    def only(self) -> tuple[str, ...] | None:
        """The providers that may be asked for any field, in order; None is all."""
        lists = [self.rules(field).providers for field in FINDABLE]
        if None in lists:
            return None
        return tuple(dict.fromkeys(name for names in lists for name in names or ()))

    def with_providers(self) -> "Waterfall":
        """Return it for a request that names its own providers, which are asked in the request's order."""
        open_rules = {"strategy": Strategy.FIXED, "providers": None}
        own = {
            name: rules and msgspec.structs.replace(rules, **open_rules)
            for name, rules in (("email", self.email), ("phone", self.phone))
        }
        changed: Waterfall = msgspec.structs.replace(self, **open_rules, **own)
        return changed

    @property
    def problem(self) -> tuple[str, str] | None:
        """The first fault that no single member shows, as the name of a member and a sentence."""
        for field in FINDABLE:
            rules, path = self.rules(field), field.value
            own = self._own(field)
            at = f"{path}." if own else ""
            if rules.strategy is Strategy.FIXED and not rules.providers:
                return f"{at}providers", "the strategy fixed needs the providers to ask, in their order"
            if rules.risky_worth_usd is not None and rules.worth_usd is None:
                return f"{at}worthUsd", "riskyWorthUsd needs worthUsd, which says what an accepted value is worth"
            if rules.risky_worth_usd is not None and rules.risky_worth_usd > (rules.worth_usd or 0.0):
                return f"{at}riskyWorthUsd", "must not be more than worthUsd"
        return None


TIERS = Waterfall()
# These exist everywhere without being made.
BUILT_IN: Mapping[str, Waterfall] = {
    one.value: Waterfall(name=one.value, strategy=one) for one in Strategy if one is not Strategy.FIXED
}


def lifetime(waterfall: Waterfall | None, days: float) -> timedelta:
    """Return for how long an answer of the cache counts, at most so many days."""
    own = waterfall.max_age_days if waterfall else None
    return timedelta(days=days if own is None else min(days, own))


def worth_of(rules: Rules) -> Worth:
    """Return what the answers of a field are worth."""
    return Worth(accepted=rules.worth_usd, risky=rules.risky_worth_usd or 0.0)


# What a second costs where a waterfall does not say it, in USD: a person waits for a single look-up, nobody for a row
# of a list. `cheapest` pays them for waits alone, so that it waits no 12 s for half a cent; `fastest` for every second.
SECOND_USD: Mapping[tuple[Strategy, Lane], float] = {
    (Strategy.CHEAPEST, Lane.INTERACTIVE): 0.0005,
    (Strategy.CHEAPEST, Lane.BULK): 0.0001,
    (Strategy.FASTEST, Lane.INTERACTIVE): 0.02,
    (Strategy.FASTEST, Lane.BULK): 0.005,
}


def second_of(rules: Rules, lane: Lane) -> float:
    """Return what a second costs in a lane, in USD."""
    if rules.second_usd is not None:
        return rules.second_usd
    strategy = Strategy.FASTEST if rules.strategy is Strategy.FASTEST else Strategy.CHEAPEST
    return SECOND_USD[strategy, lane]
