"""ZeroBounce: verdicts on e-mail addresses, one GET (zerobounce.net/docs, API v2)."""

from app.providers.declaration.grades import joined
from app.providers.declaration.spec import Auth, Finder, Limit, Prior, Spec, Values, get, on, usd

SPEC = Spec(
    slug="zerobounce",
    title="ZeroBounce",
    tier="T2",
    base_url="https://api.zerobounce.net",
    auth=Auth(query={"api_key": "{key}"}),
    verify=Finder(
        ways=("verify",),
        request=get("/v2/validate", {"email": "{email}", "ip_address": ""}),
        verdicts=(
            # A bad key and an empty balance share this sentence; `providers check` distinguishes the two.
            on((200, 400), "auth_error", "error", like="invalid api key|ran out of credits"),
            on(200, "bad_request", "error", "present"),
            on(200, "answer", "status", "present"),
            on(200, "bad_request", "Message", "present"),
            on(403, "rate_limited"),  # their shield blocks for a while; the key is not meant
            on(403, "rate_limited", test="text"),
            on(403, "rate_limited", test="nothing"),
        ),
        values=Values(
            at=("",),
            grade=joined("status", "sub_status"),
            grades={
                "valid|*": "valid",
                "catch_all|*": "risky",
                "invalid|*": "invalid",
                "spamtrap|*": "invalid",
                "abuse|*": "invalid",
                "do_not_mail|role_based*": "risky",
                "do_not_mail|mx_forward": "risky",
                "do_not_mail|disposable": "invalid",
                "do_not_mail|toxic": "invalid",
                "do_not_mail|global_suppression": "invalid",
                "do_not_mail|possible_trap": "invalid",
            },
            settled=("valid|accept_all", "valid|role_based_accept_all"),
            billed=frozenset({"valid", "risky", "invalid"}),
        ),
        prior=Prior(seconds=3, seconds_source="1 to 5 s for most domains (zerobounce.net/docs)"),
        price=usd(success="0.0195"),  # 39 USD for 2,000, the smallest pack; unknown is free
    ),
    limits=(Limit(calls=80_000, seconds=10),),
    at_once=50,
    balance=get("/v2/getcredits"),
    pools={"credits": "Credits"},
    balance_verdicts=(
        on(200, "auth_error", "Credits", like=r"^-1$"),
        on(200, "answer", "Credits", "present"),
    ),
)
