"""Prospeo: work e-mail and mobile number of a person, alone or together, one POST (prospeo.io/api-docs)."""

from app.providers.declaration.messages import RequestTemplate, VendorResponse, is_yes, look, only
from app.providers.declaration.numbers import with_country
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, charge, get, on, post, usd, wait
from app.providers.verifications.prospeo import VERIFY

VERDICTS = (
    # Nearly every error is a 400, so the code decides before the status.
    on(None, "miss", "error_code", among=("NO_MATCH",)),
    on(None, "out_of_credits", "error_code", among=("INSUFFICIENT_CREDITS",)),
    on(None, "auth_error", "error_code", among=("INVALID_API_KEY", "ACCOUNT_RESTRICTED", "PLAN_REQUIRED")),
    on(None, "rate_limited", "error_code", among=("RATE_LIMITED", "RATE_LIMIT_EXCEEDED")),
    on(None, "server_error", "error_code", among=("INTERNAL_ERROR",)),
    on(None, "bad_request", "error_code", among=("INVALID_DATAPOINTS", "INVALID_REQUEST")),
    on(200, "malformed", "error", "true"),
    on(200, "answer", "person", "object"),
    on(200, "malformed", "person", "missing"),
    on(200, "miss", "person", "absent"),
)


def _mobile(reply: VendorResponse) -> object:
    """Take the number only where it is revealed: it is there, masked, even when it was not asked for."""
    mobile = only(look(reply, "person.mobile"))
    if not isinstance(mobile, dict) or not is_yes(mobile.get("revealed")):
        return None if isinstance(mobile, dict) else mobile
    number = mobile.get("mobile_international") or mobile.get("mobile") or mobile.get("mobile_national")
    country = mobile.get("mobile_country_code")
    return mobile | {"mobile_international": with_country(number, country) or number}


def _credits(reply: VendorResponse) -> int:
    if is_yes(look(reply, "free_enrichment")):
        return 0  # bought before
    if isinstance(_mobile(reply), dict):
        return 10
    # A match with neither value costs 1 in the combined call and nothing in the others; the answer has no sign of it.
    return int(is_yes(look(reply, "person.email.revealed")))


def _request(*, email: bool, mobile: bool) -> RequestTemplate:
    # Of both flags together the vendor does not say whether one value may be missing, so then neither is set.
    flags = {"only_verified_email": not mobile, "only_verified_mobile": not email, "enrich_mobile": mobile}
    person = {"first_name": "{first_name}", "last_name": "{last_name}", "linkedin_url": "{linkedin_url}"}
    company = {"company_website": "{company_domain}", "company_name": "{company_name}"}
    return post("/enrich-person", {**flags, "data": {**person, **company, "email": "{email}"}})


EMAIL = Finder(
    ways=("linkedin", "domain", "company"),  # the strongest first
    request=_request(email=True, mobile=False),
    both=_request(email=True, mobile=True),
    verdicts=VERDICTS,
    values=Values(
        at=("person.email",),
        value=("email",),
        only=("revealed", (True,)),
        grade="status",
        grades={"verified": "valid", "unverified": "unknown"},
    ),
    price=usd(success="0.039"),  # 1 credit, and 10 for a number, at about 39 USD for 1,000
    both_price=usd(success="0.39"),
    charged=charge(_credits, "0.039"),
    repeatable=True,  # the same record again is free
)
PHONE = EMAIL.but(
    request=_request(email=False, mobile=True),
    values=Values(
        at=(_mobile,),
        value=("mobile_international",),
        only=("status", ("VERIFIED",)),
        grade="status",
        grades={"verified": "valid"},
        line="mobile",
    ),
    price=usd(success="0.39"),
)

SPEC = Spec(
    slug="prospeo",
    title="Prospeo",
    tier="T1",
    base_url="https://api.prospeo.io",
    auth=Auth(headers={"X-KEY": "{key}"}),
    email=EMAIL,
    phone=(PHONE, PHONE.but(ways=("email",), both=None)),
    verify=VERIFY,
    limits=(Limit(calls=5, seconds=1), Limit(calls=300, seconds=60)),  # of the smaller plans; a 429 has the day's
    waits=(
        wait("x-daily-reset-seconds", when="x-daily-request-left"),
        wait("x-minute-reset-seconds", when="x-minute-request-left"),
    ),
    balance=get("/account-information"),
    pools={"credits": "response.remaining_credits"},
)
