"""Examples of what saves and shows money: feedback about values, and caps."""

from typing import Any

_RUN = "01a1fffb-6220-7a7d-aa50-16b73b8b9834"
_AT = "2026-11-21T21:20:27.151Z"

_CAP = {
    "period": "day",
    "unit": "usd",
    "provider": "hunter",
    "amount": 5.0,
    "used": 1.47,
    "setBy": "account",
    "resetsAt": "2026-11-22T00:00:00.000Z",
}

_RATE = {"estimate": 0.62, "low": 0.5715, "high": 0.6661, "tries": 300}
_RESCUE = {"missedBy": "prospeo", "rate": {"estimate": 0.21, "low": 0.1703, "high": 0.2561, "tries": 240}}
_STANDING = {
    "provider": "hunter",
    "field": "email",
    "asked": 412,
    "found": 241,
    "accepted": 229,
    "missed": 160,
    "rejected": 6,
    "errors": 5,
    "matchRate": _RATE,
    "rescueRate": None,
    "rescues": [_RESCUE],
    "bounceRate": None,
    "reportedWrong": 0,
    "reportedRight": 0,
    "costUsd": 10.094,
    "costPerAcceptedUsd": 0.0441,
    "latencyP50Ms": 310,
    "latencyP95Ms": 1220,
}

_READING = {
    "format": "csv",
    "encoding": "utf-8",
    "delimiter": ",",
    "headings_line": 1,
    "sheet": None,
    "columns_used": [{"column": "Website", "fills": "domain"}],
    "columns_ignored": [],
}
_QUOTE: dict[str, Any] = {
    "total": 1000,
    "accepted": 1000,
    "rejected": 0,
    "errors": [],
    "contacts": [],
    "duplicates": 0,
    "unasked": 0,
    "unasked_rows": [],
    "credits_at_most": 1000,
    "reading": _READING,
    "quote_id": _RUN,
    "expires_at": "2026-12-21T21:20:27.151Z",
    "answered": 40,
    "found": {"expected": 812.4, "low": 731.0, "high": 874.0},
    "cost_usd": {"expected": 38.2, "low": 29.9, "high": 47.5},
    "credits": {"expected": 960.0, "low": 960, "high": 960, "at_most": 1000},
    "seconds": 420,
}

_COVERAGE = {"lists": 40, "inside": 36, "below": 1, "above": 3, "coverage": 0.9}

SPEND: dict[str, Any] = {
    "FeedbackRequest": {"outcome": "bounced"},
    "FeedbackItem": {"runId": _RUN, "outcome": "bounced"},
    "FeedbackListRequest": {"feedback": [{"runId": _RUN, "outcome": "bounced"}]},
    "Feedback": {
        "runId": _RUN,
        "outcome": "bounced",
        "fields": ["email"],
        "repeated": False,
        "creditsRefunded": 1,
    },
    "FeedbackList": {"recorded": 1, "repeated": 0, "creditsRefunded": 1, "errors": []},
    "RunFeedback": {"runId": _RUN, "feedback": [{"outcome": "bounced", "field": "email", "createdAt": _AT}]},
    "CapRequest": {"period": "day", "unit": "usd", "provider": "hunter", "amount": 5.0},
    "Cap": _CAP,
    "Caps": {"caps": [_CAP]},
    "Rescue": _RESCUE,
    "Rate": _RATE,
    "ProviderStanding": _STANDING,
    "ProviderStatistics": {"since": "2026-10-22T21:20:27.151Z", "until": _AT, "providers": [_STANDING]},
    "Quote": _QUOTE,
    "QuoteInterval": _QUOTE["found"],
    "QuoteCredits": _QUOTE["credits"],
    "Coverage": _COVERAGE,
    "QuoteStatistics": {
        "since": "2026-08-23T21:20:27.151Z",
        "until": _AT,
        "found": _COVERAGE,
        "costUsd": _COVERAGE,
        "credits": _COVERAGE,
        "stopped": 1,
        "secondsRatio": 0.94,
    },
}
