"""Metrics: values that are observed together count as if each had been observed by itself."""

from prometheus_client import CollectorRegistry, Histogram

from app.metrics import observe_all


def test_values_observed_together_count_like_values_observed_one_by_one() -> None:
    registry = CollectorRegistry()
    bounds = (0.1, 1.0, 5.0)
    together, apart = (
        Histogram(name, "Seconds.", ("route",), buckets=bounds, registry=registry) for name in ("together", "apart")
    )
    # Below, at and above each bound; a bound is part of its bucket.
    for values in ([0.0, 0.1, 0.1000001], [1.0], [1.5, 5.0, 5.1, 1e9], []):
        observe_all(together.labels("/"), values)
        for value in values:
            apart.labels("/").observe(value)
    shown = [
        sorted(
            (s.name.removeprefix(f"{m.name}_"), s.labels.get("le", ""), s.value)
            for s in m.samples
            if "created" not in s.name
        )
        for m in (*together.collect(), *apart.collect())
    ]
    assert shown[0] == shown[1]
    assert ("count", "", 8.0) in shown[0]
