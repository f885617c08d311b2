"""The places that the rail leads to: those whose pages exist, in the order in which people need them."""

from collections.abc import Container

import msgspec


class Place(msgspec.Struct, frozen=True):
    """One entry of the rail; `icon` is the name of a symbol in the layout."""

    path: str
    title: str
    icon: str


_PLACES = (
    Place("/app", "Home", "home"),
    Place("/app/lookup", "Look up", "lookup"),
    Place("/app/lists", "Lists", "lists"),
    Place("/app/runs", "Runs", "runs"),
    Place("/app/providers", "Providers", "providers"),
    Place("/app/webhooks", "Webhooks", "webhooks"),
    Place("/app/keys", "API keys", "keys"),
    Place("/app/usage", "Usage", "usage"),
)


def navigation(known: Container[str]) -> tuple[Place, ...]:
    """List the places whose page exists."""
    return tuple(place for place in _PLACES if place.path in known)
