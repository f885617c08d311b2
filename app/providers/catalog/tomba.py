"""Tomba: work e-mail by name or LinkedIn URL, one GET; a phone where that is switched on (docs.tomba.io, API v1)."""

from app.providers.declaration.response import NoValue, look, step
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
    VendorResponse,
    on,
    usd,
)

ERRORS = (
    on(400, "auth_error", "errors.type", among=("authentication_failed",)),  # the live API's word for a wrong key
    on(402, "server_error"),  # the mail server did not answer their verification; credits have nothing to do with it
    on(404, "bad_request", "errors.type", among=("unknown_route",)),
    on(404, "miss", "errors", "object"),
    # What a used-up month looks like is not documented; a 429 that speaks of a rate never means it.
    on(429, "rate_limited", "errors", like=r"rate.?limit|per (second|minute)"),
    on(429, "out_of_credits", "errors", like=r"quota|credits|month|upgrade"),
)


def _person(reply: VendorResponse) -> object:
    """Return the person, which may be in a list; where nobody verified the address, what its domain takes is said."""
    data = look(reply, "data")
    person = data[0] if isinstance(data, list) and data else data
    if not isinstance(person, dict) or step(person, "verification.status") not in (None, "", NoValue.MISSING):
        return person
    return person | {"verification": {"status": "accept_all" if person.get("accept_all") is True else None}}


def _left(reply: VendorResponse, pool: str) -> object:
    """Return what is left of a pool: what was available less what is used."""
    available, used = (look(reply, f"data.requests.{pool}.{name}") for name in ("available", "used"))
    return available - used if isinstance(available, int) and isinstance(used, int) else None


EMAIL = Values(
    at=(_person,),
    value=("email",),
    grade="verification.status",
    grades={"valid": "valid", "accept_all": "risky", "webmail": "risky", "disposable": "risky", "invalid": "invalid"},
    confidence="score",
)
PHONE = Values(
    at=("data",),
    value=("e164_format",),
    # The kind of line doubles as the grade: these belong to companies and services, never to one person.
    grade="line_type",
    grades=dict.fromkeys(("toll_free", "premium_rate", "shared_cost", "uan", "voicemail", "pager")),
    phone_type="line_type",
    phone_types={"mobile": "mobile", "fixed_line": "landline", "voip": "voip"},
)
NOTHING = (on(200, "malformed", "data", "missing"), on(200, "miss", "data", "absent"))
# Members may be false in place of null.
ADDRESS = (
    on(200, "malformed", "data.email", "missing"),
    on(200, "miss", "data.email", "false"),
    on(200, "answer", _person, "object"),
)
NUMBER = (on(200, "miss", "data.valid", "false"), on(200, "answer", "data.valid", "true"))


def _route(field: Field, path: str, per_minute: int, name: str, query: dict[str, object], *needs: str) -> Route:
    email = field is Field.EMAIL
    return Route(
        field=field,
        name=name,
        needs=needs,
        request=RequestTemplate(method="GET", path=path, query=query),
        verdicts=(*NOTHING, *(ADDRESS if email else NUMBER), *ERRORS),
        values=EMAIL if email else PHONE,
        # List prices go by plan: these only order the waterfall until PRICE_SUCCESS says what a request costs you.
        price=usd(success="0.05" if email else "0.50"),
        repeatable=email,  # the same request is free within 30 days
        optional=not email,
        limits=(Limit(calls=per_minute, seconds=60, pool=path),),
    )


NAMES: dict[str, object] = {"first_name": "{first_name}", "last_name": "{last_name}"}
FINDER = (Field.EMAIL, "/email-finder", 300)
NUMBERS = (Field.PHONE, "/phone-finder", 60)
SPEC = Spec(
    slug="tomba",
    title="Tomba",
    tier=Tier.T2,
    base_url="https://api.tomba.io/v1",
    auth=Auth(headers={"X-Tomba-Key": "{key}", "X-Tomba-Secret": "{secret}"}),
    routes=(
        _route(*FINDER, "domain", NAMES | {"domain": "{company_domain}"}, *NAMES, "company_domain"),
        _route(Field.EMAIL, "/linkedin", 100, "linkedin", {"url": "{linkedin_url}"}, "linkedin_url"),
        _route(*FINDER, "company", NAMES | {"company": "{company_name}"}, *NAMES, "company_name"),
        _route(*NUMBERS, "linkedin", {"linkedin": "{linkedin_url}"}, "linkedin_url"),
        _route(*NUMBERS, "email", {"email": "{email}"}, "email"),
    ),
    waits=(
        RetryAfterHint(header="x-daily-reset-seconds", when="x-daily-request-left"),
        RetryAfterHint(header="x-ratelimit-reset"),
        RetryAfterHint(header="x-minute-reset-seconds"),
    ),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/me"),  # its answer holds the account's secret
        pools={"searches": lambda reply: _left(reply, "domains"), "phones": lambda reply: _left(reply, "phones")},
        verdicts=(on(200, "answer", "data.requests", "object"), *ERRORS),
    ),
)
