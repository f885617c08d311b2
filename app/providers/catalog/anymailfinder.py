"""Anymailfinder: work e-mail, one slow POST (anymailfinder.com/email-finder-api/docs, API v5.1)."""

from app.providers.declaration.grades import either
from app.providers.declaration.spec import Auth, Finder, Limit, Prior, Spec, Values, charge, get, on, post, usd
from app.providers.verifications.anymailfinder import VERIFY

CREDIT = "0.049"  # 49 USD for 1,000
PERSON = {"first_name": "{first_name}", "last_name": "{last_name}"}
FIND = Finder(
    ways=("domain", "company"),
    request=post("/v5.1/find-email/person", PERSON | {"domain": "{company_domain}", "company_name": "{company_name}"}),
    verdicts=(
        on(404, "miss"),
        # A blacklisted address may be in the answer, and must not be used.
        on(200, "miss", "email_status", among=("not_found", "blacklisted")),
        on(200, "answer", "valid_email", "present"),
        on(200, "answer", "email", "present"),
        on(200, "malformed", "email_status", "absent"),
        on(200, "malformed", "email", "missing"),
        on(200, "answer", "", "object"),
    ),
    values=Values(
        at=("",),
        value=("email", "valid_email"),
        grade=either("email_status", "valid_email"),  # the second is there only where the status is valid
        grades={"valid": "valid", "risky": "risky", "*@*": "valid"},
        billed=frozenset({"valid"}),
    ),
    price=usd(success=CREDIT),
    prior=Prior(seconds=5, seconds_source="2 to 8 s, as clients of the API note"),
    charged=charge("credits_charged", CREDIT),
    repeatable=True,  # the same search is free for 30 days
    backoff=2,  # a busy server wants some seconds
)

SPEC = Spec(
    slug="anymailfinder",
    title="Anymailfinder",
    tier="T2",
    base_url="https://api.anymailfinder.com",
    auth=Auth(headers={"Authorization": "{key}"}),  # without a scheme
    email=(
        FIND,
        FIND.but(
            ways=("linkedin",),
            request=post("/v5.1/find-email/linkedin-url", {"linkedin_url": "{linkedin_url}"}),
            price=usd(success="0.098"),  # 1 or 2 credits, as the answer says
        ),
    ),
    verify=VERIFY,
    limits=(Limit(calls=5, seconds=1),),  # they have none and queue instead; this is our own modesty
    balance=get("/v5.1/account"),
    pools={"credits": "credits_left"},
)
