"""Lusha: phone, and e-mail if wished, by LinkedIn profile or by name (docs.lusha.com, API V3)."""

from app.providers.declaration.messages import VendorResponse, is_yes, look, several
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, charge, get, on, post, usd, wait

CONTACT = {"linkedinUrl": "{linkedin_url}", "firstName": "{first_name}", "lastName": "{last_name}"} | {
    "companyDomain": "{company_domain}",
    "companyName": "{company_name}",
}


def _callable(reply: VendorResponse) -> object:
    """Leave out the numbers of people who want no calls: nothing in our answers could say so to the client."""
    phones = several(look(reply, "results.0.phones"))
    return [phone for phone in phones if not (isinstance(phone, dict) and is_yes(phone.get("doNotCall")))]


# Each kind that is revealed is paid, so one call never asks for both.
PHONE = Finder(
    ways=("linkedin", "domain", "company"),
    request=post("/v3/contacts/search-and-enrich", {"contacts": [CONTACT], "reveal": ["phones"]}),
    verdicts=(
        on(200, "miss", "results.0.error.code", among=("NOT_FOUND", "COMPLIANCE_RESTRICTED")),
        # The search may have been charged, so it is not made again.
        on(200, "given_up", "results.0.error.code", among=("ENRICH_FAILED",)),
        on(200, "malformed", "results.0.error", "present"),
        on(200, "answer", "results.0", "object"),
        on(400, "out_of_credits", "", like="credit limit"),
        on(451, "miss"),
        on(499, "server_error"),
    ),
    values=Values(
        at=(_callable,),
        value=("number",),
        prefer=("type", ("mobile", "direct")),
        phone_type="type",
        phone_types={"mobile": "mobile"},
    ),
    # 1 credit for the search, and 5 for a number or 1 for an address. No price of a credit is published: it only
    # orders the waterfall until LEADRUN_PROVIDER_LUSHA_PRICE_CREDIT has yours.
    price=usd(success="0.60"),
    charged=charge("billing.creditsCharged", "0.10"),
    resends=2,
    backoff=1,
)

SPEC = Spec(
    slug="lusha",
    title="Lusha",
    tier="T1",
    base_url="https://api.lusha.com",
    auth=Auth(headers={"api_key": "{key}"}),
    email=PHONE.but(
        request=post("/v3/contacts/search-and-enrich", {"contacts": [CONTACT], "reveal": ["emails"]}),
        values=Values(
            at=("results.0.emails",),
            value=("email",),
            only=("type", ("work",)),
            grade="confidence",
            grades={"a+": "valid", "a": "valid", "?*": "risky"},  # null is common, and unknown
        ),
        price=usd(success="0.20"),
        optional=True,
    ),
    phone=PHONE,
    limits=(Limit(calls=300, seconds=60), Limit(calls=1800, seconds=3600), Limit(calls=18000, seconds=86400)),
    waits=(
        wait(like=r"reset in (\d+) second", path="message"),
        # No header has the time; a call each hour finds the new window.
        wait(seconds=3600, when="x-daily-requests-left"),
        wait(seconds=3600, when="x-hourly-requests-left"),
    ),
    balance=get("/v3/account/usage"),
    pools={"credits": "credits.remaining"},
)
