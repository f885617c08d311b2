"""LeadMagic: work e-mail and mobile number, one POST each (leadmagic.io/docs)."""

from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, charge, get, on, post, usd, wait
from app.providers.verifications.leadmagic import VERIFY

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}"}
FIND = Finder(
    ways=("domain", "company"),
    request=post("/v1/people/email-finder", PERSON | {"domain": "{company_domain}", "company_name": "{company_name}"}),
    # The value is the only reliable test of a find: the status of a miss may be null.
    verdicts=(
        on(200, "answer", "email", "present"),
        on(200, "answer", "work_email", "present"),  # the older answer of the look-up by profile
        on(200, "miss", "status", among=("not_found",)),
        on(200, "malformed", "email", "missing"),
        on(200, "miss", "email", "absent"),
        on(404, "miss"),
    ),
    values=Values(
        at=("",),
        value=("email", "work_email"),
        grade="status",
        grades={"valid": "valid", "valid_catch_all": "risky", "catch_all": "risky"},
    ),
    # No price of a credit is published: at 0.02 USD these figures only order the waterfall until
    # LEADRUN_PROVIDER_LEADMAGIC_PRICE_CREDIT has the price that you pay.
    price=usd(success="0.02"),
    charged=charge("credits_consumed", "0.02"),
    resends=2,  # only a find is charged
    limits=(Limit(calls=5, seconds=1), Limit(calls=300, seconds=60)),
)
PROFILE = {"profile_url": "{linkedin_url}"}
FIVE_CREDITS = usd(success="0.10")

SPEC = Spec(
    slug="leadmagic",
    title="LeadMagic",
    tier="T1",
    base_url="https://api.leadmagic.io",
    auth=Auth(headers={"X-API-Key": "{key}"}),
    email=(
        FIND,  # the names come first
        FIND.but(ways=("linkedin",), request=post("/v1/people/b2b-profile-email", PROFILE), price=FIVE_CREDITS),
    ),
    phone=FIND.but(
        ways=("linkedin", "email"),
        request=post("/v1/people/mobile-finder", PROFILE | {"work_email": "{email}"}),
        verdicts=(
            on(200, "answer", "mobile_number", "present"),
            on(200, "malformed", "mobile_number", "missing"),
            on(200, "miss", "mobile_number", "absent"),
            on(404, "miss"),
        ),
        values=Values(at=("",), value=("mobile_number",), line="mobile"),
        price=FIVE_CREDITS,
    ),
    verify=VERIFY,
    waits=(wait("RateLimit-Reset"),),
    balance=get("/v1/credits"),
    pools={"credits": "credits"},
)
