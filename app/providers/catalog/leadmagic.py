"""LeadMagic: work e-mail and mobile number, one POST each (leadmagic.io/docs)."""

from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    RequestTemplate,
    RetryAfterHint,
    Route,
    Spec,
    Tier,
    Values,
    charge,
    on,
    usd,
)

# The value is the only reliable test of a find: the status of a miss may be null.
EMAIL = (
    on(200, "answer", "email", "present"),
    on(200, "answer", "work_email", "present"),  # the older answer of the look-up by profile
    on(200, "miss", "status", among=("not_found",)),
    on(200, "malformed", "email", "missing"),
    on(200, "miss", "email", "absent"),
    on(404, "miss"),
)
MOBILE = (
    on(200, "answer", "mobile_number", "present"),
    on(200, "malformed", "mobile_number", "missing"),
    on(200, "miss", "mobile_number", "absent"),
    on(404, "miss"),
)
ADDRESS = Values(
    at=("",),
    value=("email", "work_email"),
    grade="status",
    grades={"valid": "valid", "valid_catch_all": "risky", "catch_all": "risky"},
)
NUMBER = Values(at=("",), value=("mobile_number",), line="mobile")


def _route(field: Field, name: str, path: str, asked: dict[str, str], success: str) -> Route:
    email = field is Field.EMAIL
    return Route(
        field=field,
        name=name,
        needs=tuple(place.strip("{}") for place in asked.values()),
        request=RequestTemplate(method="POST", path=f"/v1/people/{path}", json=asked),
        verdicts=EMAIL if email else MOBILE,
        values=ADDRESS if email else NUMBER,
        price=usd(success=success),
        charged=charge("credits_consumed", "0.02"),
        resends=2,  # only a find is charged
        limits=(Limit(calls=5, seconds=1, pool=path), Limit(calls=300, seconds=60, pool=path)),
    )


NAMES = {"first_name": "{first_name}", "last_name": "{last_name}"}
PROFILE = {"profile_url": "{linkedin_url}"}
SPEC = Spec(
    slug="leadmagic",
    title="LeadMagic",
    tier=Tier.T1,
    base_url="https://api.leadmagic.io",
    auth=Auth(headers={"X-API-Key": "{key}"}),
    routes=(
        # No price of a credit is published: at 0.02 USD these figures only order the waterfall until
        # LEADRUN_PROVIDER_LEADMAGIC_PRICE_CREDIT says what yours costs.
        _route(Field.EMAIL, "domain", "email-finder", NAMES | {"domain": "{company_domain}"}, "0.02"),
        _route(Field.EMAIL, "company", "email-finder", NAMES | {"company_name": "{company_name}"}, "0.02"),
        _route(Field.EMAIL, "linkedin", "b2b-profile-email", PROFILE, "0.10"),  # 5 credits, so the names come first
        _route(Field.PHONE, "linkedin", "mobile-finder", PROFILE, "0.10"),
        _route(Field.PHONE, "email", "mobile-finder", {"work_email": "{email}"}, "0.10"),
    ),
    waits=(RetryAfterHint(header="RateLimit-Reset"),),
    balance=BalanceRequest(request=RequestTemplate(method="GET", path="/v1/credits"), pools={"credits": "credits"}),
)
