"""Dropcontact: work e-mail, submitted and then polled (developer.dropcontact.com)."""

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

SUBMITTED = (
    on((200, 201, 202), "server_error", "success", "false"),
    on((200, 201, 202), "pending", "request_id", "present"),
    # 403 also stands for an account they do not know.
    on(403, "auth_error", "reason", like=r"(unknown|invalid|no such) (account|user)|account not found"),
    on(403, "out_of_credits"),
)
POLLED = (
    on(200, "server_error", "error", "true"),
    on(200, "pending", "success", "false"),  # also said for an unknown id, so our patience ends it
    on(200, "malformed", "success", "absent"),
    on(200, "answer", "data.0", "object"),
    *SUBMITTED[2:],
)
VALUES = Values(
    at=("data.0.email",),
    value=("email",),
    grade="qualification",
    # In the language of the account and in several spellings; the rest is no person's work address, so no result.
    grades={
        "nominati[vf]*@pro": "valid",
        "catch_all@pro": "risky",
        "non_valid*@pro": "unknown",
        "*": None,
    },
)
PERSON = {
    "first_name": "{first_name}",
    "last_name": "{last_name}",
    "website": "{company_domain}",
    "company": "{company_name}",
    "linkedin": "{linkedin_url}",
}


def _route(name: str, *needs: str) -> Route:
    return Route(
        field=Field.EMAIL,
        name=name,
        needs=needs,
        request=RequestTemplate(
            method="POST",
            path="/v1/enrich/all",
            json={"data": [PERSON], "siren": False, "language": "en"},
        ),
        verdicts=SUBMITTED,
        values=VALUES,
        price=usd(success="0.174"),  # Starter: 79 EUR for 500, at 1.10 USD; given back when nothing is found
        poll=Poll(
            ticket={"request_id": "request_id"},
            request=RequestTemplate(method="GET", path="/v1/enrich/all/{request_id}"),
            verdicts=POLLED,
            every=30,
            first=(5, 7, 7),  # earlier looks are allowed, and a single contact is often ready after seconds
        ),
    )


SPEC = Spec(
    slug="dropcontact",
    title="Dropcontact",
    tier=Tier.T2,
    base_url="https://api.dropcontact.com",
    auth=Auth(headers={"X-Access-Token": "{key}"}),
    routes=(
        _route("domain", "first_name", "last_name", "company_domain"),
        _route("company", "first_name", "last_name", "company_name"),
        _route("linkedin", "linkedin_url"),
    ),
    limits=(Limit(calls=60, seconds=1),),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/v1/account/credits"), pools={"credits": "credits"}
    ),
)
