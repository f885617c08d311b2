"""Findymail's verification: one POST that says yes or no (app.findymail.com/docs)."""

from app.providers.declaration.spec import Finder, Values, on, post, usd

VERIFY = Finder(
    ways=("verify",),
    request=post("/api/verify", {"email": "{email}"}),
    verdicts=(
        on(200, "out_of_credits", "error", like="not enough credits"),
        on(200, "auth_error", "error", like="paused|unauthenticated"),
        on(200, "rate_limited", "error", like="too many attempts"),
        on(200, "bad_request", "error", "present"),
        on(423, "auth_error"),  # the account is paused until its owner acts
        on(200, "answer", "", "object"),
        on(200, "malformed", test="text", like=r"^\s*<"),
        on(200, "answer", test="text"),  # the answer is declared as a text; what it says without JSON is not known
    ),
    values=Values(at=("",), grade="verified", grades={"true": "valid", "false": "invalid"}),
    # Verifier credits have no price of their own: a verification costs at most 0.02 USD on Starter, whatever it says.
    price=usd(call="0.02"),
)
