"""Hunter: work e-mail, one GET (hunter.io/api-documentation/v2)."""

from app.providers.declaration.spec import Auth, Finder, Limit, Poll, Spec, Values, get, on, usd
from app.providers.verifications.hunter import VERIFY

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "linkedin_handle": "{linkedin_slug}"}

SPEC = Spec(
    slug="hunter",
    title="Hunter",
    tier="T3",
    base_url="https://api.hunter.io/v2",
    auth=Auth(headers={"X-API-KEY": "{key}"}),
    email=Finder(
        ways=("domain", "company", ("linkedin", "linkedin_slug")),
        request=get("/email-finder", PERSON | {"domain": "{company_domain}", "company": "{company_name}"}),
        verdicts=(
            on(200, "malformed", "data.email", "missing"),
            on(200, "answer", "data", "object"),
            on(202, "pending"),
            on(202, "pending", test="nothing"),
            on((404, 451), "miss"),
            # 403 and 429 are swapped compared with common practice; where the text contradicts the status, it wins.
            on(429, "rate_limited", "errors", like=r"rate.?limit|per (second|minute)"),
            on(429, "out_of_credits", "errors", "present"),
            on(403, "out_of_credits", "errors", like=r"quota|credits|usage limit|billing period"),
            on(403, "rate_limited"),
        ),
        values=Values(
            at=("data",),
            value=("email",),
            grade="verification.status",
            grades={
                "valid": "valid",
                "accept_all": "risky",
                "webmail": "risky",
                "disposable": "risky",
                "invalid": "invalid",
            },
            confidence="score",
        ),
        price=usd(success="0.0245"),  # Starter: 49 USD for 2,000; a miss is free
        poll=Poll(every=2),  # after a 202 the same request is made again
        repeatable=True,  # repeating within the billing period is free
    ),
    verify=VERIFY,
    limits=(Limit(calls=15, seconds=1), Limit(calls=500, seconds=60)),
    balance=get("/account"),
    pools={"credits": "data.requests.credits.remaining", "searches": "data.requests.searches.remaining"},
    refused_keys=frozenset({"test-api-key"}),
)
