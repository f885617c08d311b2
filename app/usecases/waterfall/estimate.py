"""Estimate how long a job will take, from the durations of recent cascades like its own."""

from app.domain.vocabulary import EnrichmentType, Lane, Mode
from app.domain.waterfall.eta import Durations, estimate_seconds
from app.services import Services
from app.store.waterfall import durations

DEPTH, MOST = 5000, 500
FRESH_SECONDS = 5.0


class EstimateDuration:
    """Estimates; what was measured is read again when it is five seconds old."""

    def __init__(self, services: Services) -> None:
        """Begin without measurements."""
        self._services = services
        self._known: dict[tuple[Mode, EnrichmentType, Lane], tuple[float, Durations]] = {}

    async def __call__(self, *, mode: Mode, kind: EnrichmentType, lane: Lane, count: int) -> int:
        """Estimate, in whole seconds, when the last of `count` fresh look-ups has ended.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        key, now = (mode, kind, lane), self._services.clock.monotonic()
        read_at, pace = self._known.get(key, (float("-inf"), None))
        if pace is None or now - read_at > FRESH_SECONDS:
            pace = await self._read(mode, kind, lane)
            self._known[key] = (now, pace)
        return estimate_seconds(count, pace)

    async def _read(self, mode: Mode, kind: EnrichmentType, lane: Lane) -> Durations:
        settings = self._services.settings
        async with self._services.read() as connection:
            return Durations(
                seconds=await durations.recent_seconds(
                    connection, mode=mode, kind=kind, lane=lane, depth=DEPTH, most=MOST
                ),
                ahead=await durations.open_count(connection, lane),
                at_once=settings.worker_concurrency,
                patience=settings.provider_timeout_seconds,
            )
