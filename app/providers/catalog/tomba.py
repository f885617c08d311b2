"""Tomba: work e-mail by name or LinkedIn URL, one GET; a phone where that is switched on (docs.tomba.io, API v1)."""

from app.providers.declaration.messages import VendorResponse, is_yes, look, step
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, get, on, usd, wait
from app.providers.verifications.tomba import VERIFY

ERRORS = (
    # The live API's word for a wrong key; one page of theirs calls the member differently.
    *(on(400, "auth_error", f"{name}.type", among=("authentication_failed",)) for name in ("errors", "error")),
    on(402, "server_error"),  # the mail server did not answer their verification; credits have nothing to do with it
    on(404, "bad_request", "errors.type", among=("unknown_route",)),
    on(404, "miss", "errors", "object"),
    # The answer of a used-up month is not documented; a 429 that speaks of a rate never means it.
    on(429, "rate_limited", "errors", like=r"rate.?limit|per (second|minute)"),
    on(429, "out_of_credits", "errors", like=r"quota|credits|month|upgrade"),
)
NOTHING = (on(200, "malformed", "data", "missing"), on(200, "miss", "data", "absent"))


def _person(reply: VendorResponse) -> object:
    """Return the person, who may be in a list; an unverified address gets the grade of its domain."""
    person = look(reply, "data.0")
    status = step(person, "verification.status")
    if not isinstance(person, dict) or (isinstance(status, str) and status):
        return person
    return person | {"verification": {"status": "accept_all" if is_yes(person.get("accept_all")) else None}}


def _left(reply: VendorResponse, pool: str) -> object:
    """Subtract the used part of a pool from the available one."""
    available, used = (look(reply, f"data.requests.{pool}.{name}") for name in ("available", "used"))
    return available - used if isinstance(available, int) and isinstance(used, int) else None


PERSON = {"first_name": "{first_name}", "last_name": "{last_name}"}
EMAIL = Finder(
    ways=("domain",),
    request=get("/email-finder", PERSON | {"domain": "{company_domain}", "company": "{company_name}"}),
    verdicts=(
        *NOTHING,
        # Members may be false in place of null.
        on(200, "malformed", "data.email", "missing"),
        on(200, "miss", "data.email", "false"),
        on(200, "answer", _person, "object"),
        *ERRORS,
    ),
    values=Values(
        at=(_person,),
        value=("email",),
        grade="verification.status",
        grades={
            "valid": "valid",
            "accept_all": "risky",
            "webmail": "risky",
            "disposable": "risky",
            "invalid": "invalid",
        },
        confidence="score",
    ),
    # List prices go by plan: these only order the waterfall until PRICE_SUCCESS has the price of a request.
    price=usd(success="0.05"),
    repeatable=True,  # the same request is free within 30 days
    limits=(Limit(calls=300, seconds=60),),
)
BY_PROFILE = get("/linkedin", {"url": "{linkedin_url}"})

SPEC = Spec(
    slug="tomba",
    title="Tomba",
    tier="T2",
    base_url="https://api.tomba.io/v1",
    auth=Auth(headers={"X-Tomba-Key": "{key}", "X-Tomba-Secret": "{secret}"}),
    email=(
        EMAIL,
        EMAIL.but(ways=("linkedin",), request=BY_PROFILE, limits=(Limit(calls=100, seconds=60),)),
        EMAIL.but(ways=("company",)),
    ),
    phone=Finder(
        ways=("linkedin", "email"),
        request=get("/phone-finder", {"linkedin": "{linkedin_url}", "email": "{email}"}),
        verdicts=(*NOTHING, on(200, "miss", "data.valid", "false"), on(200, "answer", "data.valid", "true"), *ERRORS),
        values=Values(
            at=("data",),
            value=("e164_format", "intl_format", "rfc3966_format"),
            # The kind of line doubles as the grade: these belong to companies and services, never to one person.
            grade="line_type",
            grades=dict.fromkeys(("toll_free", "premium_rate", "shared_cost", "uan", "voicemail", "pager")),
            phone_type="line_type",
            phone_types={"mobile": "mobile", "fixed_line": "landline", "voip": "voip"},
        ),
        price=usd(success="0.50"),
        optional=True,
        limits=(Limit(calls=60, seconds=60),),
    ),
    verify=VERIFY,
    waits=(
        wait("x-daily-reset-seconds", when="x-daily-request-left"),
        wait("x-ratelimit-reset"),
        wait("x-minute-reset-seconds"),
    ),
    balance=get("/me"),  # its answer holds the account's secret
    pools={"searches": lambda reply: _left(reply, "domains"), "phones": lambda reply: _left(reply, "phones")},
    balance_verdicts=(on(200, "answer", "data.requests", "object"), *ERRORS),
)
