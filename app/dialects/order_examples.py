"""Examples of waterfalls and plans."""

from typing import Any

EXPECTED: dict[str, Any] = {
    "indexUsd": 0.0272,
    "costUsd": 0.0123,
    "chance": 0.45,
    "seconds": 2.0,
    "observations": 0.0,
    "prior": "house prior",
    "explored": False,
    "lookedAhead": False,
}
_STEP: dict[str, Any] = {
    "field": "email",
    "provider": "hunter",
    "tier": "T3",
    "route": "domain",
    "outcome": "hit",
    "reason": None,
    "missedBefore": [],
    "expected": EXPECTED,
}
_CHEAP: dict[str, Any] = {"strategy": "cheapest", "accept": "valid", "worthUsd": 0.2, "phone": {"strategy": "tiers"}}

ORDER: dict[str, Any] = {
    "SimulationRequest": {"waterfall": "cheapest", "days": 30},
    "SimulatedAmount": {"actual": 812.0, "expected": 809.4, "low": 801.0, "high": 818.2},
    "Simulation": {
        "waterfall": "cheapest",
        "lookups": 1000,
        "simulated": 1000,
        "replayed": 640,
        "modelled": 360,
        "found": {"actual": 812.0, "expected": 809.4, "low": 801.0, "high": 818.2},
        "costUsd": {"actual": 52.1, "expected": 38.7, "low": 36.2, "high": 41.5},
        "seconds": {"actual": 3.1, "expected": 3.4, "low": 3.2, "high": 3.7},
    },
    "WaterfallRequest": _CHEAP,
    "Waterfall": {"name": "cheap", "origin": "account", **_CHEAP},
    "Waterfalls": {"waterfalls": [{"name": "cheapest", "origin": "built-in", "strategy": "cheapest"}]},
    "RunPlan": {
        "runId": "01a1fffb-6220-7a7d-aa50-16b73b8b9834",
        "waterfall": "cheap",
        "email": "cheapest",
        "phone": "tiers",
        "steps": [_STEP],
    },
}
