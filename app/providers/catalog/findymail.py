"""Findymail: verified work e-mail, and phone of a LinkedIn profile, one POST each (app.findymail.com/docs)."""

from app.providers.declaration.spec import Auth, Finder, Spec, Values, get, on, post, usd
from app.providers.verifications.findymail import ERRORS, VERIFY

COMMON = (*ERRORS, on(404, "miss"))  # a miss is not documented, so every emptiness is one
PROFILE = {"linkedin_url": "{linkedin_url}"}
FIND = Finder(
    ways=("domain", "company"),
    request=post("/api/search/name", {"name": "{name}", "domain": "{company}"}),
    verdicts=(
        *COMMON,
        on(200, "answer", "contact.email", "present"),
        on(200, "answer", "payload.contact.email", "present"),
        on(200, "malformed", "payload", "present"),  # acknowledges a look-up by webhook, which was not asked for
        on(200, "miss", "contact.email", "absent"),
        on(200, "miss", "contact", "absent"),
    ),
    # The vendor returns deliverable addresses only, so there is no grade: every address is valid.
    values=Values(at=("contact", "payload.contact"), value=("email",), grades={"*": "valid"}),
    price=usd(success="0.02"),  # Starter: 99 USD for 5,000; 1 credit, and 10 for a number
    resends=2,  # only a find is charged
)

SPEC = Spec(
    slug="findymail",
    title="Findymail",
    tier="T2",
    base_url="https://app.findymail.com",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    email=(
        FIND,
        FIND.but(ways=("linkedin",), request=post("/api/search/business-profile", PROFILE), at_once=30),
    ),
    phone=Finder(
        ways=("linkedin",),
        request=post("/api/search/phone", PROFILE),
        verdicts=(*COMMON, on(200, "answer", "phone", "present"), on(200, "miss", "phone", "absent")),
        values=Values(
            at=("",),
            value=("phone",),
            phone_type="line_type",
            phone_types={"mobile": "mobile", "landline": "landline"},
        ),
        price=usd(success="0.20"),
        optional=True,
        resends=2,
    ),
    verify=VERIFY,
    at_once=300,
    balance=get("/api/credits"),
    pools={"finder": "credits", "verifier": "verifier_credits"},
)
