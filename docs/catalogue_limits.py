"""Write the limits of a provider for the document of the providers."""

from collections.abc import Iterable

from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.spec import Spec

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def limits_of(spec: Spec) -> str:
    """Write the limits of a provider, those of all its ways and those of single ones."""
    shown = _pace(spec.limits) + ([f"{spec.at_once} calls at once"] if spec.at_once else [])
    own: dict[str, list[str]] = {}
    for route in spec.routes:
        poll = _pace(route.poll.limits) if route.poll else []
        paced = _pace(route.limits) + ([f"{route.at_once} at once"] if route.at_once else [])
        paced += [f"looks {pace}" for pace in poll]
        if paced:
            own.setdefault(", ".join(paced), []).append(f"`{route.name}` ({route.field.value})")
    shown += [f"{paced} for {', '.join(names)}" for paced, names in own.items()]
    return "; ".join(shown) or "none that is documented"


def _pace(limits: Iterable[Limit]) -> list[str]:
    return [f"{limit.calls} in {_span(limit.seconds)}" for limit in limits]


def _span(seconds: float) -> str:
    for size, name in _UNITS:
        if seconds >= size and seconds % size == 0:
            number = int(seconds // size)
            return f"a {name}".replace("a hour", "an hour") if number == 1 else f"{number} {name}s"
    return f"{seconds:g} s"
