"""Every metric that leadrun counts, by name; names follow Prometheus conventions (seconds, _total)."""

from prometheus_client import Counter, Gauge, Histogram

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_CASCADE = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 120, 300, 900, 1800)

REQUESTS = Counter("leadrun_http_requests", "Answered HTTP requests.", ("method", "route", "status"))
REQUEST_SECONDS = Histogram("leadrun_http_request_seconds", "Time to answer.", ("method", "route"), buckets=_QUICK)
RUNS_ACCEPTED = Counter("leadrun_runs_accepted", "Accepted submissions: new, joined or cached.", ("mode", "how"))
RUNS_ENDED = Counter("leadrun_runs_ended", "Runs that ended.", ("mode", "status", "result"))
CASCADE_SECONDS = Histogram(
    "leadrun_cascade_seconds", "From acceptance to the end of the cascade.", ("lane",), buckets=_CASCADE
)
ATTEMPTS = Counter("leadrun_attempts", "Askings of providers.", ("provider", "field", "outcome"))
ATTEMPT_SECONDS = Histogram("leadrun_attempt_seconds", "Time a provider took.", ("provider", "field"), buckets=_CASCADE)
LATE = Counter(
    "leadrun_late_results", "Results that came after their look-up was given up.", ("provider", "field", "outcome")
)
SPEND = Counter("leadrun_spend_usd", "What providers charged us.", ("provider", "field"))
GATE = Gauge(
    "leadrun_gate_closed",
    "1 while a provider's gate is closed.",
    ("provider", "reason"),
    multiprocess_mode="mostrecent",
)
GATE_FALLBACKS = Counter("leadrun_gate_fallbacks", "Provider gates passed unpaced because Redis was away.")
LIMITER_FALLBACKS = Counter("leadrun_limiter_fallbacks", "Limits decided by one process because Redis was away.")
KICKS = Counter("leadrun_kicks", "Messages to the workers.", ("queue", "state"))
BATCH = Histogram(
    "leadrun_group_commit_items",
    "Items that shared a transaction.",
    ("what",),
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
SWEPT = Counter("leadrun_swept", "Work the sweep found that nobody was told about.", ("what",))
LEASES_LOST = Counter("leadrun_leases_lost", "Leases that another worker took over.")
DELIVERY_TRIES = Counter("leadrun_delivery_tries", "POSTs of events to receivers.", ("outcome",))
DELIVERIES_ENDED = Counter("leadrun_deliveries_ended", "Deliveries that ended.", ("state",))
ENDPOINTS_DISABLED = Counter("leadrun_endpoints_disabled", "Endpoints disabled because they did not work.")
CIRCUITS = Counter("leadrun_receiver_circuits", "Circuits of receivers that opened or closed.", ("turn",))
CIRCUITS_OPEN = Gauge(
    "leadrun_receiver_circuits_open",
    "Receivers that are sent one delivery at a time because they keep failing.",
    multiprocess_mode="mostrecent",
)
DELIVERY_SECONDS = Histogram("leadrun_delivery_seconds", "Time a receiver took to answer.", buckets=_QUICK)
IN_FLIGHT = Gauge("leadrun_runs_in_flight", "Cascades this process works on.", multiprocess_mode="livesum")
BULK_LIMIT = Gauge(
    "leadrun_bulk_limit",
    "Cascades, and calls at once, that large jobs may have now; it falls while single look-ups are about.",
    multiprocess_mode="livesum",
)
