"""Prospeo's verification: one POST of the replaced generation, which new accounts may not reach."""

from app.providers.declaration.grades import either
from app.providers.declaration.messages import VendorResponse, is_yes, look
from app.providers.declaration.spec import Finder, Values, charge, on, post, usd


def _credits(reply: VendorResponse) -> float:
    """Read half a credit of a verdict that is not called free; an error costs nothing."""
    return 0.5 if isinstance(look(reply, "response"), dict) and not is_yes(look(reply, "response.free")) else 0


CODES = ("message", "error_code")  # of the replaced generation, and of the current one

VERIFY = Finder(
    ways=("verify",),
    request=post("/email-verifier", {"email": "{email}"}),
    verdicts=(
        *(on(None, "out_of_credits", code, among=("INSUFFICIENT_CREDITS",)) for code in CODES),
        *(on(None, "auth_error", code, among=("INVALID_API_KEY",)) for code in CODES),
        *(on(None, "rate_limited", code, among=("RATE_LIMITED", "RATE_LIMIT_EXCEEDED")) for code in CODES),
        *(on(None, "server_error", code, among=("INTERNAL_ERROR",)) for code in CODES),
        *(on(None, "bad_request", code, among=("INVALID_PARAM", "INVALID_REQUEST")) for code in CODES),
        on(200, "malformed", "error", "true"),
        on(200, "answer", "response", "object"),
        on(404, "bad_request", test="text"),  # a page: the endpoint is gone
    ),
    values=Values(
        at=("response",),
        grade=either("response.email_status", "response.status"),
        grades={
            "valid": "valid",
            "deliverable": "valid",
            "catch_all": "risky",
            "accept_all": "risky",
            "risky": "risky",
            "invalid": "invalid",
            "undeliverable": "invalid",
        },
    ),
    # A verification is half a credit, 0.012 USD on Starter (49 USD for 2,000), whatever it says.
    price=usd(call="0.01225"),
    charged=charge(_credits, "0.0245"),
    optional=True,
    repeatable=True,  # the same address again is free
)
