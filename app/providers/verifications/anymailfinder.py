"""Anymailfinder's verification: one slow POST (anymailfinder.com/email-finder-api/docs/verify-email, API v5.1)."""

from app.providers.declaration.spec import Finder, Values, charge, on, post, usd

VERIFY = Finder(
    ways=("verify",),
    request=post("/v5.1/verify-email", {"email": "{email}"}),
    verdicts=(on(200, "answer", "", "object"),),
    values=Values(at=("",), grade="email_status", grades={"valid": "valid", "risky": "risky", "invalid": "invalid"}),
    # A verification is a fifth of a credit of 0.049 USD, whatever it says.
    price=usd(call="0.0098"),
    charged=charge("credits_charged", "0.049"),
    repeatable=True,  # the same address is free for 30 days
    backoff=2,  # a busy server wants some seconds
)
