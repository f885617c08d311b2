"""Foresee how long a call of a provider would wait at its gate, from what this process has seen there."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.provider_limits import GateWait
from app.providers.setup.configured_route import ConfiguredRoute


class ForeseenWaits:
    """The calls that wait at each provider's gates, and when these open next."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Begin without any."""
        self._monotonic = monotonic
        self._waiting: Counter[str] = Counter()
        self._opens_at: dict[str, float] = {}

    def note(self, offer: ConfiguredRoute, verdict: GateWait) -> None:
        """Remember when a gate opens next."""
        self._opens_at[offer.provider] = self._monotonic() + verdict.seconds

    @contextmanager
    def waiting(self, offer: ConfiguredRoute) -> Iterator[None]:
        """Count a call that waits."""
        self._waiting[offer.provider] += 1
        try:
            yield
        finally:
            self._waiting[offer.provider] -= 1

    def __call__(self, offer: Offer) -> float:
        """Return the seconds that a call would wait: until the gate opens, and for those that wait there already."""
        opens_at = self._opens_at.get(offer.provider)
        if opens_at is None or not isinstance(offer, ConfiguredRoute):
            return 0.0
        pace = max((limit.seconds / limit.calls for limit in offer.limits), default=0.0)
        return max(0.0, opens_at - self._monotonic()) + self._waiting[offer.provider] * pace
