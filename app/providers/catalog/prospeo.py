"""Prospeo: work e-mail and mobile number of a person, alone or together, one POST (prospeo.io/api-docs)."""

from app.providers.declaration.response import VendorResponse, look
from app.providers.declaration.retry_after import RetryAfterHint
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
    # Nearly every error is a 400, so the code decides before the status.
    on(None, "miss", "error_code", among=("NO_MATCH",)),
    on(None, "out_of_credits", "error_code", among=("INSUFFICIENT_CREDITS",)),
    on(None, "auth_error", "error_code", among=("INVALID_API_KEY", "ACCOUNT_RESTRICTED", "PLAN_REQUIRED")),
    on(None, "rate_limited", "error_code", among=("RATE_LIMITED", "RATE_LIMIT_EXCEEDED")),
    on(None, "server_error", "error_code", among=("INTERNAL_ERROR",)),
    on(200, "malformed", "error", "true"),
    on(200, "answer", "person", "object"),
    on(200, "malformed", "person", "missing"),
    on(200, "miss", "person", "absent"),
)


def _mobile(reply: VendorResponse) -> object:
    """Take the number only where it is revealed: it is there, masked, even when nobody asked for it."""
    mobile = look(reply, "person.mobile")
    return None if isinstance(mobile, dict) and mobile.get("revealed") is not True else mobile


def _credits(reply: VendorResponse) -> int:
    if look(reply, "free_enrichment") is True:
        return 0  # bought before
    if isinstance(_mobile(reply), dict):
        return 10
    # A match with neither value costs 1 in the combined call and nothing in the others; the answer does not tell which.
    return int(look(reply, "person.email.revealed") is True)


EMAIL = Values(
    at=("person.email",),
    value=("email",),
    only=("revealed", (True,)),
    grade="status",
    grades={"verified": "valid", "unverified": "unknown"},
)
MOBILE = Values(
    at=(_mobile,),
    value=("mobile_international", "mobile"),
    only=("status", ("VERIFIED",)),
    grade="status",
    grades={"verified": "valid"},
    line="mobile",
)


def _request(data: dict[str, str], *, email: bool, mobile: bool) -> RequestTemplate:
    # Of both flags together the vendor does not say whether one value may be missing, so then neither is set.
    flags = {"only_verified_email": not mobile, "only_verified_mobile": not email, "enrich_mobile": mobile}
    return RequestTemplate(method="POST", path="/enrich-person", json={**flags, "data": data})


def _route(field: Field, name: str, data: dict[str, str]) -> Route:
    email = field is Field.EMAIL
    return Route(
        field=field,
        name=name,
        needs=tuple(place.strip("{}") for place in data.values()),
        request=_request(data, email=email, mobile=not email),
        both=None if name == "email" else _request(data, email=True, mobile=True),
        verdicts=VERDICTS,
        values=EMAIL if email else MOBILE,
        price=usd(success="0.039" if email else "0.39"),  # 1 and 10 credits, at about 39 USD for 1,000
        both_price=usd(success="0.39"),
        charged=charge(_credits, "0.039"),
        repeatable=True,  # the same record again is free
    )


NAMES = {"first_name": "{first_name}", "last_name": "{last_name}"}
WAYS = {
    "linkedin": {"linkedin_url": "{linkedin_url}"},  # the strongest
    "domain": NAMES | {"company_website": "{company_domain}"},
    "company": NAMES | {"company_name": "{company_name}"},
}
SPEC = Spec(
    slug="prospeo",
    title="Prospeo",
    tier=Tier.T1,
    base_url="https://api.prospeo.io",
    auth=Auth(headers={"X-KEY": "{key}"}),
    routes=(
        *(_route(field, name, data) for field in Field for name, data in WAYS.items()),
        _route(Field.PHONE, "email", {"email": "{email}"}),
    ),
    limits=(Limit(calls=5, seconds=1), Limit(calls=300, seconds=60)),  # the smaller plans'; the day's is told by a 429
    waits=(
        RetryAfterHint(header="x-daily-reset-seconds", when="x-daily-request-left"),
        RetryAfterHint(header="x-minute-reset-seconds", when="x-minute-request-left"),
    ),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/account-information"),
        pools={"credits": "response.remaining_credits"},
    ),
)
