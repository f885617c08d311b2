"""Tomba's verification: one GET (docs.tomba.io, email verifier, API v1)."""

from app.providers.declaration.grades import either
from app.providers.declaration.spec import Finder, Limit, Poll, Values, get, on, usd

ONE = "data.email"  # an object, in early editions a list of one

VERIFY = Finder(
    ways=("verify",),
    request=get("/email-verifier", {"email": "{email}"}),
    verdicts=(
        on(202, "pending"),
        on(202, "pending", test="nothing"),
        on(200, "malformed", "data", "missing"),
        *(on(200, "miss", place, "absent") for place in ("data", ONE)),  # no result, which is not counted
        on(200, "answer", ONE, "object"),
        on(200, "answer", ONE, "list"),
        *(on(400, "auth_error", f"{name}.type", among=("authentication_failed",)) for name in ("errors", "error")),
        on(402, "server_error"),  # the mail server did not answer; credits have nothing to do with it
        on(429, "rate_limited", "errors", like=r"rate.?limit|per (second|minute)"),
        on(429, "out_of_credits", "errors", like=r"quota|credits|month|upgrade"),
    ),
    values=Values(
        at=(ONE,),
        grade=either(f"{ONE}.status", f"{ONE}.0.status", f"{ONE}.result", f"{ONE}.0.result"),
        grades={
            "valid": "valid",
            "accept_all": "risky",
            "webmail": "risky",
            "disposable": "risky",
            "invalid": "invalid",
            "deliverable": "valid",  # of answers without a status
            "risky": "risky",
            "undeliverable": "invalid",
        },
    ),
    # No price of a verification is published: 3.12 USD for 1,000 at a marketplace only orders them.
    price=usd(success="0.00312"),
    poll=Poll(every=2),
    repeatable=True,  # the same address is free for 30 days
    limits=(Limit(calls=150, seconds=60),),
)
