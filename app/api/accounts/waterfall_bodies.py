"""The bodies of waterfalls: published, read and written."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects.body_members import FAULT
from app.dialects.body_reader import unknown_members
from app.dialects.member_types import MaxCost, Only, Warnings
from app.domain.order.waterfall import Accepts, Rules, Strategy, Waterfall

MOST_USD, MOST_DAYS = 100_000.0, 3650.0

_Usd = Meta(ge=0, le=MOST_USD, extra={FAULT: f"must be a number of US dollars, 0 to {MOST_USD:.0f}"})
_Strategy = Annotated[
    Strategy,
    Meta(
        description="`tiers` asks tier by tier; `cheapest` by the expected cost of an accepted value; `fastest` the "
        "same with a price on seconds; `fixed` in the order of `providers`."
    ),
]
_Accepts = Annotated[Accepts, Meta(description="Which e-mail addresses end the search.")]
_Worth = Annotated[
    float, _Usd, Meta(description="US dollars that an accepted value is worth; providers that cost more are not asked.")
]
_Risky = Annotated[
    float, _Usd, Meta(description="US dollars that a risky address in hand is worth; needs `worthUsd`, at most that.")
]
_Second = Annotated[
    float, _Usd, Meta(description="US dollars that a second of waiting costs; by the lane when absent.")
]
_Days = Annotated[
    float,
    Meta(
        ge=0,
        le=MOST_DAYS,
        description="Answers of the cache that are older do not count.",
        extra={FAULT: f"must be a number of days, 0 to {MOST_DAYS:.0f}"},
    ),
]


class RulesBody(Struct, kw_only=True, rename="camel"):
    """Rules of one field; what is absent is as the waterfall says for both."""

    strategy: _Strategy | None = None
    providers: Only | None = None
    accept: _Accepts | None = None
    worth_usd: _Worth | None = None
    risky_worth_usd: _Risky | None = None
    second_usd: _Second | None = None


class WaterfallRequestBody(RulesBody, kw_only=True, rename="camel"):
    """A waterfall: rules for both fields, which those of a field override, and bounds of each look-up."""

    email: RulesBody | None = None
    phone: RulesBody | None = None
    max_cost_usd: MaxCost | None = None
    max_age_days: _Days | None = None


class RulesShownBody(Struct, kw_only=True, rename="camel"):
    """Rules as they are in force; absent members are left open."""

    strategy: _Strategy | UnsetType = UNSET
    providers: list[str] | UnsetType = UNSET
    accept: _Accepts | UnsetType = UNSET
    worth_usd: float | UnsetType = UNSET
    risky_worth_usd: float | UnsetType = UNSET
    second_usd: float | UnsetType = UNSET


class WaterfallBody(RulesShownBody, kw_only=True, rename="camel"):
    """A waterfall as it is in force; absent members are left open."""

    name: str
    origin: Annotated[
        Literal["account", "installation", "built-in"], Meta(description="An account's hides others of its name.")
    ]
    email: RulesShownBody | UnsetType = UNSET
    phone: RulesShownBody | UnsetType = UNSET
    max_cost_usd: float | UnsetType = UNSET
    max_age_days: float | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class WaterfallsBody(Struct, kw_only=True):
    """The waterfalls that requests may name."""

    waterfalls: list[WaterfallBody]


def waterfall_of(name: str, body: WaterfallRequestBody) -> Waterfall:
    """Return the waterfall that a body states."""
    members = _members(body)
    for field in ("email", "phone"):
        if rules := members.pop(field, None):
            members[field] = Rules(**_members(rules))
    return Waterfall(name=name, **members)


def _members(body: Struct) -> dict[str, Any]:
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if value is not None and value != []
    }


def unknown_in(members: Mapping[str, Any]) -> list[str]:
    """Name the members of a body that are none, those of a field's rules among them."""
    found = list(unknown_members(WaterfallRequestBody, members))
    for field in ("email", "phone"):
        if isinstance(rules := members.get(field), dict):
            found += [f"{field}: {warning}" for warning in unknown_members(RulesBody, rules)]
    return found


def waterfall_body(waterfall: Waterfall, origin: str) -> WaterfallBody:
    """Write a waterfall."""
    return msgspec.convert(msgspec.to_builtins(waterfall) | {"name": waterfall.name, "origin": origin}, WaterfallBody)
