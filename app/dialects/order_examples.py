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
