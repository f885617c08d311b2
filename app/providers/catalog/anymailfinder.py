"""Anymailfinder: work e-mail, one slow POST (anymailfinder.com/email-finder-api/docs, API v5.1)."""

from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    charge,
    on,
    usd,
)

VERDICTS = (
    on(404, "miss"),
    # A blacklisted address may stand there all the same, and must not be used.
    on(200, "miss", "email_status", among=("not_found", "blacklisted")),
    on(200, "malformed", "email_status", "absent"),
    on(200, "malformed", "email", "missing"),
    on(200, "answer", "", "object"),
)
CREDIT = "0.049"  # 49 USD for 1,000
NAMES = {"first_name": "{first_name}", "last_name": "{last_name}"}


def _route(name: str, needs: tuple[str, ...], kind: str, body: dict[str, str], *, most: str = CREDIT) -> Route:
    return Route(
        field=Field.EMAIL,
        name=name,
        needs=needs,
        request=RequestTemplate(method="POST", path=f"/v5.1/find-email/{kind}", json=body),
        verdicts=VERDICTS,
        values=Values(
            at=("",),
            value=("email",),
            grade="email_status",
            grades={"valid": "valid", "risky": "risky"},
            billed=frozenset({"valid"}),
        ),
        price=usd(success=most),
        charged=charge("credits_charged", CREDIT),
        repeatable=True,  # the same search is free for 30 days
        backoff=2,  # a busy server wants some seconds
    )


SPEC = Spec(
    slug="anymailfinder",
    title="Anymailfinder",
    tier=Tier.T2,
    base_url="https://api.anymailfinder.com",
    auth=Auth(headers={"Authorization": "{key}"}),  # without a scheme
    routes=(
        _route(
            "domain",
            ("first_name", "last_name", "company_domain"),
            "person",
            {**NAMES, "domain": "{company_domain}"},
        ),
        _route(
            "company",
            ("first_name", "last_name", "company_name"),
            "person",
            {**NAMES, "company_name": "{company_name}"},
        ),
        # 1 or 2 credits: the answer tells.
        _route("linkedin", ("linkedin_url",), "linkedin-url", {"linkedin_url": "{linkedin_url}"}, most="0.098"),
    ),
    limits=(Limit(calls=5, seconds=1),),  # they have none and queue instead; this is our own modesty
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/v5.1/account"), pools={"credits": "credits_left"}
    ),
)
