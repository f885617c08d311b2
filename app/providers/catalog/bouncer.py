"""Bouncer: verdicts on e-mail addresses, one GET (docs.usebouncer.com, API v1.1)."""

from app.providers.declaration.grades import joined
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, get, on, usd

SPEC = Spec(
    slug="bouncer",
    title="Bouncer",
    tier="T2",
    base_url="https://api.usebouncer.com",
    auth=Auth(headers={"x-api-key": "{key}"}),
    verify=Finder(
        ways=("verify",),
        request=get("/v1.1/email/verify", {"email": "{email}"}),
        verdicts=(on(200, "answer", "status", "present"),),
        values=Values(
            at=("",),
            grade=joined("status", "domain.acceptAll"),
            grades={
                "deliverable|true": "risky",
                "deliverable|*": "valid",
                "risky|*": "risky",
                "undeliverable|*": "invalid",
            },
            confidence="score",
            billed=frozenset({"valid", "risky", "invalid"}),
        ),
        price=usd(success="0.008"),  # 8 USD for 1,000; unknown is free
    ),
    limits=(Limit(calls=1000, seconds=60),),
    balance=get("/v1.1/credits"),
    pools={"credits": "credits"},
)
