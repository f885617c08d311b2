"""NeverBounce: verdicts on e-mail addresses, one GET (developers.neverbounce.com, API v4.2)."""

from app.providers.declaration.spec import Auth, Finder, Spec, Values, get, on, usd

SPEC = Spec(
    slug="neverbounce",
    title="NeverBounce",
    tier="T2",
    base_url="https://api.neverbounce.com/v4.2",
    auth=Auth(query={"key": "{key}"}),
    verify=Finder(
        ways=("verify",),
        request=get("/single/check", {"email": "{email}"}),
        # All errors of the application come with a 200.
        verdicts=(
            on(200, "auth_error", "status", among=("auth_failure", "bad_referrer")),
            on(200, "rate_limited", "status", among=("throttle_triggered",)),
            on(200, "server_error", "status", among=("temp_unavail",)),
            on(200, "out_of_credits", "message", like="insufficient credit"),
            on(200, "bad_request", "status", among=("general_failure",)),
            on(200, "answer", "status", among=("success",)),
        ),
        values=Values(
            at=("",),
            grade="result",
            grades={"valid": "valid", "catchall": "risky", "invalid": "invalid", "disposable": "invalid"},
        ),
        price=usd(call="0.008"),  # 8 USD for 1,000, whatever the verdict; a repetition is charged again
        interactive_only=True,  # walking a list through the single check may get the account locked
    ),
    at_once=5,  # no limit is published; this is our own modesty
    balance=get("/account/info"),
    pools={
        "paid": "credits_info.paid_credits_remaining",
        "free": "credits_info.free_credits_remaining",
    },
    balance_verdicts=(on(200, "answer", "status", among=("success",)),),
)
