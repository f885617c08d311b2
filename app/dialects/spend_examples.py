"""Examples of what spares and shows money: feedback about values."""

from typing import Any

_RUN = "01a1fffb-6220-7a7d-aa50-16b73b8b9834"
_AT = "2026-11-21T21:20:27.151Z"

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
}
