"""Metrics: every Prometheus counter, gauge and histogram of leadrun.

Names follow the Prometheus conventions: base units (seconds), and `_total` behind counters.
"""

import struct
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Collection, Iterable
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_CASCADE = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 120, 300, 900, 1800)

REQUESTS = Counter("leadrun_http_requests", "HTTP requests answered.", ("method", "route", "status"))
REQUEST_SECONDS = Histogram("leadrun_http_request_seconds", "Time to answer.", ("method", "route"), buckets=_QUICK)
HTTP_CONNECTIONS = Gauge("leadrun_http_connections", "Open connections of clients.", multiprocess_mode="livesum")
HTTP_CONNECTIONS_REFUSED = Counter(
    "leadrun_http_connections_refused", "Connections and requests refused before a handler saw them.", ("reason",)
)
RUNS_ACCEPTED = Counter("leadrun_runs_accepted", "Accepted submissions: new, joined or cached.", ("mode", "how"))
RUNS_ENDED = Counter("leadrun_runs_ended", "Runs that ended.", ("mode", "status", "result"))
CASCADE_SECONDS = Histogram(
    "leadrun_cascade_seconds", "From acceptance to the end of the cascade.", ("lane",), buckets=_CASCADE
)
ATTEMPTS = Counter("leadrun_attempts", "Attempts that ended.", ("provider", "field", "outcome"))
ATTEMPT_SECONDS = Histogram("leadrun_attempt_seconds", "Duration of attempts.", ("provider", "field"), buckets=_CASCADE)
LATE_RESULTS = Counter(
    "leadrun_late_results", "Results that came after their attempt was given up.", ("provider", "field", "outcome")
)
PROVIDER_SPEND = Counter("leadrun_provider_spend_usd", "USD that providers charged.", ("provider", "field"))
PROVIDER_GATE_CLOSED = Gauge(
    "leadrun_provider_gate_closed",
    "1 while a provider's circuit breaker is open.",
    ("provider", "reason"),
    multiprocess_mode="mostrecent",
)
PROVIDER_GATE_FALLBACKS = Counter(
    "leadrun_provider_gate_fallbacks", "Checks of provider gates that passed because Redis was unreachable."
)
RATE_LIMIT_FALLBACKS = Counter(
    "leadrun_rate_limit_fallbacks", "Rate limits decided by one process because Redis was unreachable."
)
FEEDBACK = Counter(
    "leadrun_feedback", "What clients reported about values of providers.", ("provider", "field", "outcome")
)
PREFLIGHT_CHECKS = Counter(
    "leadrun_preflight_checks", "Checks of mail domains before e-mail providers are asked.", ("result",)
)
WORKER_NOTIFICATIONS = Counter("leadrun_worker_notifications", "Notifications to the workers.", ("queue", "state"))
GROUP_COMMIT_ITEMS = Histogram(
    "leadrun_group_commit_items",
    "Items that shared a transaction.",
    ("kind",),
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
MAILS = Counter("leadrun_mails", "Mails to people, handed to the mail server or refused.", ("kind", "outcome"))
IDENTITY_LOG_INS = Counter("leadrun_identity_log_ins", "Log-ins by the identity provider.", ("outcome",))
BACKGROUND_RESTARTS = Counter(
    "leadrun_background_restarts", "Background tasks that failed and were started again.", ("task",)
)
RECOVERED = Counter("leadrun_recovered", "Work that recovery found without a notification.", ("kind",))
LEASES_LOST = Counter("leadrun_leases_lost", "Leases that another worker took over.")
DELIVERY_ATTEMPTS = Counter("leadrun_delivery_attempts", "POSTs of events to receivers.", ("outcome",))
DELIVERIES_ENDED = Counter("leadrun_deliveries_ended", "Deliveries that ended.", ("state",))
ENDPOINTS_DISABLED = Counter("leadrun_endpoints_disabled", "Endpoints disabled because they kept failing.")
CIRCUIT_BREAKER_CHANGES = Counter(
    "leadrun_webhook_circuit_breaker_changes", "Circuit breakers of receivers that opened or closed.", ("change",)
)
CIRCUIT_BREAKERS_OPEN = Gauge(
    "leadrun_webhook_circuit_breakers_open",
    "Receivers that get one probe at a time because they keep failing.",
    multiprocess_mode="mostrecent",
)
DELIVERY_SECONDS = Histogram("leadrun_delivery_seconds", "Time a receiver took to answer.", buckets=_QUICK)
CASCADES_IN_FLIGHT = Gauge(
    "leadrun_cascades_in_flight", "Cascades that this process works on.", multiprocess_mode="livesum"
)
BULK_CONCURRENCY_LIMIT = Gauge(
    "leadrun_bulk_concurrency_limit",
    "Cascades of the bulk lane that may run now; it falls while single look-ups run.",
    multiprocess_mode="livesum",
)


def observe_all(histogram: Histogram, values: Collection[float]) -> None:
    """Observe several values, as by `Histogram.observe` one after the other, but with one write for each bucket.

    For that it names parts of prometheus_client that are not public.

    Args:
        histogram: With its labels.
        values: In the unit of the histogram.
    """
    bounds = histogram._upper_bounds  # noqa: SLF001
    counts = Counts(bisect_left(bounds, value) for value in values)
    for bucket, count in counts.items():
        histogram._buckets[bucket].inc(count)  # noqa: SLF001
    histogram._sum.inc(sum(values))  # noqa: SLF001


class ReadableFilesCollector(MultiProcessCollector):
    """The metrics of all processes, without the files that a killed process has left empty or torn."""

    def collect(self) -> Iterable[Metric]:
        """Merge what can be read."""
        files = [str(file) for file in Path(self._path).glob("*.db") if self._is_readable(str(file))]
        merged: Iterable[Metric] = self.merge(files)  # type: ignore[no-untyped-call] # has no types
        return merged

    def _is_readable(self, file: str) -> bool:
        try:
            self.merge([file])  # type: ignore[no-untyped-call] # the same
        except (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, struct.error):
            return False
        return True
