"""Skrapp's verification: one GET (skrapp.io/api, email verifier, v3)."""

from app.providers.declaration.grades import joined
from app.providers.declaration.spec import Finder, Prior, Values, get, on, usd

VERIFY = Finder(
    ways=("verify",),
    request=get("/v3/verify", {"email": "{email}"}),
    verdicts=(
        on(200, "out_of_credits", "status_code", like=r"^[4-9]\d\d$"),  # the plan's errors come in a 200
        on(200, "out_of_credits", "message", like="paid account"),
        on(200, "malformed", "error", "present"),
        on(200, "answer", "", "object"),
    ),
    values=Values(
        at=("",),
        grade=joined("email_status", "mailbox_type"),
        grades={
            "valid|temporary": "risky",
            "valid|*": "valid",
            "catch_all|*": "risky",
            "invalid|*": "invalid",
        },
        billed=frozenset({"valid", "risky", "invalid"}),
    ),
    # No price of a verification is published: this only orders until LEADRUN_PROVIDER_SKRAPP_PRICE_SUCCESS_VERIFY has
    # yours.
    price=usd(success="0.02"),
    prior=Prior(seconds=5, seconds_source="over 5 s (skrapp.io/api)"),
    repeatable=True,  # the same address again is free
)
