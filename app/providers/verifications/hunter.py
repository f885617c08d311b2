"""Hunter's verification: one GET, the same again after a 202 (hunter.io/api-documentation/v2, email-verifier)."""

from app.providers.declaration.spec import Finder, Limit, Poll, Values, get, on, usd

VERIFY = Finder(
    ways=("verify",),
    request=get("/email-verifier", {"email": "{email}"}),
    verdicts=(
        on(200, "answer", "data", "object"),
        on(202, "pending"),
        on(202, "pending", test="nothing"),
        # The mail server answered oddly: no verdict, whatever the body says. So is that of a person who asked not to be
        # processed.
        on((222, 451), "miss"),
        on(222, "miss", test="nothing"),
        on(222, "miss", test="text"),
        on(429, "rate_limited", "errors", like=r"rate.?limit|per (second|minute)"),
        on(429, "out_of_credits", "errors", "present"),
        on(403, "out_of_credits", "errors", like=r"quota|credits|usage limit|billing period"),
        on(403, "rate_limited"),
    ),
    values=Values(
        at=("data",),
        grade="status",
        grades={
            "valid": "valid",
            "accept_all": "risky",
            "webmail": "risky",
            "disposable": "risky",
            "invalid": "invalid",
        },
        confidence="score",
        billed=frozenset({"valid", "risky", "invalid"}),
    ),
    # A verification is half a credit, 0.0123 USD on Starter (49 USD for 2,000); without a verdict it is free.
    price=usd(success="0.0123"),
    poll=Poll(every=3),
    repeatable=True,  # the same address again in the billing period is free
    limits=(Limit(calls=10, seconds=1), Limit(calls=300, seconds=60)),
)
