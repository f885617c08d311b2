"""Emailable: verdicts on e-mail addresses, one GET, the same again after a 249 (emailable.com/docs, API v1)."""

from app.providers.declaration.grades import joined
from app.providers.declaration.spec import Auth, Finder, Limit, Poll, Spec, Values, get, on, usd, wait

SPEC = Spec(
    slug="emailable",
    title="Emailable",
    tier="T2",
    base_url="https://api.emailable.com/v1",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    verify=Finder(
        ways=("verify",),
        # Without the check for domains that take any address, such an address may pass as deliverable.
        request=get("/verify", {"email": "{email}", "accept_all": "true"}),
        verdicts=(
            on(249, "pending"),
            on(249, "pending", test="nothing"),
            on(200, "answer", "state", "present"),
        ),
        values=Values(
            at=("",),
            grade=joined("state", "accept_all"),
            grades={
                "deliverable|true": "risky",
                "deliverable|*": "valid",
                "risky|*": "risky",
                "undeliverable|*": "invalid",
            },
            confidence="score",
            billed=frozenset({"valid", "risky", "invalid"}),
        ),
        price=usd(success="0.0076"),  # 38 USD for 5,000; unknown and repetitions are free
        poll=Poll(every=3),
        repeatable=True,
    ),
    limits=(Limit(calls=25, seconds=1),),
    waits=(wait("ratelimit-reset", "epoch"),),
    balance=get("/account"),
    pools={"credits": "available_credits"},
)
