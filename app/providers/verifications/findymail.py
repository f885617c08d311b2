"""Findymail's verification: one POST that says yes or no (app.findymail.com/docs)."""

from app.providers.declaration.grades import joined
from app.providers.declaration.spec import Finder, Values, on, post, usd

TEXTS = ("error", "message")  # two names are in use
# An error may come at any status, 200 included.
ERRORS = (
    *(on(200, "out_of_credits", member, like="not enough credits") for member in TEXTS),
    *(on(200, "auth_error", member, like="paused|unauthenticated") for member in TEXTS),
    *(on(200, "rate_limited", member, like="too many attempts") for member in TEXTS),
    on(200, "bad_request", "error", "present"),
    on(423, "auth_error"),  # the account is paused until its owner acts
)

VERIFY = Finder(
    ways=("verify",),
    request=post("/api/verify", {"email": "{email}"}),
    verdicts=(
        *ERRORS,
        on(200, "answer", "", "object"),
        on(200, "malformed", test="text", like=r"^\s*<"),
        on(200, "answer", test="text"),  # the answer is declared as a text; what it says without JSON is not known
    ),
    values=Values(at=("",), grade=joined("verified"), grades={"true": "valid", "false": "invalid"}),
    # Verifier credits have no price of their own: a verification costs at most 0.02 USD on Starter, whatever it says.
    price=usd(call="0.02"),
)
