"""Examples of what spares and shows money: feedback about values, and caps."""

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
}
