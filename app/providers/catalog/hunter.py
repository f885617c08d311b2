"""Hunter: work e-mail, one GET (hunter.io/api-documentation/v2)."""

from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    Poll,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    on,
    usd,
)

VERDICTS = (
    on(200, "malformed", "data.email", "missing"),
    on(200, "answer", "data", "object"),
    on(202, "pending"),
    on((404, 451), "miss"),
    # 403 and 429 are swapped compared with common practice; where the text contradicts the status, the text wins.
    on(429, "rate_limited", "errors", like=r"rate.?limit|per (second|minute)"),
    on(429, "out_of_credits"),
    on(403, "out_of_credits", "errors", like=r"quota|credits|usage limit|billing period"),
    on(403, "rate_limited"),
)
VALUES = Values(
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
)


def _route(name: str, needs: tuple[str, ...], query: dict[str, object]) -> Route:
    return Route(
        field=Field.EMAIL,
        name=name,
        needs=needs,
        request=RequestTemplate(method="GET", path="/email-finder", query=query),
        verdicts=VERDICTS,
        values=VALUES,
        price=usd(success="0.0245"),  # Starter: 49 USD for 2,000; a miss is free
        poll=Poll(every=2),  # a 202 means: ask the same again
        repeatable=True,  # repeating within the billing period is free
    )


NAMES = {"first_name": "{first_name}", "last_name": "{last_name}"}
SPEC = Spec(
    slug="hunter",
    title="Hunter",
    tier=Tier.T3,
    base_url="https://api.hunter.io/v2",
    auth=Auth(headers={"X-API-KEY": "{key}"}),
    routes=(
        _route("domain", ("first_name", "last_name", "company_domain"), {"domain": "{company_domain}", **NAMES}),
        _route("company", ("first_name", "last_name", "company_name"), {"company": "{company_name}", **NAMES}),
        _route("linkedin", ("linkedin_slug",), {"linkedin_handle": "{linkedin_slug}"}),
    ),
    limits=(Limit(calls=15, seconds=1), Limit(calls=500, seconds=60)),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/account"),
        pools={"credits": "data.requests.credits.remaining", "searches": "data.requests.searches.remaining"},
    ),
    refused_keys=frozenset({"test-api-key"}),
)
