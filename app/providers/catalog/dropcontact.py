"""Dropcontact: work e-mail, submitted and then polled (developer.dropcontact.com)."""

from app.providers.declaration.spec import INPUTS, Auth, Finder, Limit, Poll, Spec, Values, get, on, post, usd
from app.providers.verifications.dropcontact import REFUSED, VERIFY

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "linkedin": "{linkedin_url}"}
COMPANY = {"website": "{company_domain}", "company": "{company_name}"}

SPEC = Spec(
    slug="dropcontact",
    title="Dropcontact",
    tier="T2",
    base_url="https://api.dropcontact.com",
    auth=Auth(headers={"X-Access-Token": "{key}"}),
    email=Finder(
        ways=("domain", "company", "linkedin"),
        request=post("/v1/enrich/all", {"data": [PERSON | COMPANY], "siren": False, "language": "en"}),
        also=INPUTS,
        verdicts=(
            on((200, 201, 202), "server_error", "success", "false"),
            on((200, 201, 202), "pending", "request_id", "present"),
            *REFUSED,
        ),
        values=Values(
            at=("data.0.email",),
            value=("email",),
            grade="qualification",
            # In the account's language and in several spellings; the rest is no person's work address, so no result.
            grades={"nominati[vf]*@pro": "valid", "catch_all@pro": "risky", "non_valid*@pro": "unknown", "*": None},
        ),
        price=usd(success="0.174"),  # Starter: 79 EUR for 500, at 1.10 USD; given back when nothing is found
        poll=Poll(
            ticket={"request_id": "request_id"},
            request=get("/v1/enrich/all/{request_id}"),
            verdicts=(
                on(200, "server_error", "error", "true"),
                on(200, "pending", "success", "false"),  # also said for an unknown id, so our time limit ends it
                on(200, "malformed", "success", "absent"),
                on(200, "pending", "data", "missing"),  # both are waited for
                on(200, "answer", "data.0", "object"),
                *REFUSED,
            ),
            every=30,
            first=(5, 7, 7),  # earlier polls are allowed, and a single contact is often ready after seconds
        ),
    ),
    verify=VERIFY,
    limits=(Limit(calls=60, seconds=1),),
    balance=get("/v1/account/credits"),
    pools={"credits": "credits"},
)
