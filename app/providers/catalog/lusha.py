"""Lusha: phone, and e-mail if wished, by LinkedIn profile or by name (docs.lusha.com, API V3)."""

from app.providers.declaration.response import VendorResponse, look
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

# No price of a credit is published: it only orders the waterfall until LEADRUN_PROVIDER_LUSHA_PRICE_CREDIT tells yours.
CREDIT = "0.10"
VERDICTS = (
    on(200, "miss", "results.0.error.code", among=("NOT_FOUND", "COMPLIANCE_RESTRICTED")),
    # The search may have been charged, so it is not made again.
    on(200, "given_up", "results.0.error.code", among=("ENRICH_FAILED",)),
    on(200, "malformed", "results.0.error", "present"),
    on(200, "answer", "results.0", "object"),
    on(400, "out_of_credits", "", like="credit limit"),
    on(451, "miss"),
    on(499, "server_error"),
)


def _callable(reply: VendorResponse) -> object:
    """Leave out the numbers of people who want no calls: nothing in our answers could say so to the client."""
    phones = look(reply, "results.0.phones")
    if not isinstance(phones, list):
        return phones
    return [phone for phone in phones if not (isinstance(phone, dict) and phone.get("doNotCall") is True)]


PHONES = Values(
    at=(_callable,),
    value=("number",),
    prefer=("type", ("mobile", "direct")),
    phone_type="type",
    phone_types={"mobile": "mobile"},
)
EMAILS = Values(
    at=("results.0.emails",),
    value=("email",),
    only=("type", ("work",)),
    grade="confidence",
    grades={"a+": "valid", "a": "valid", "?*": "risky"},  # null is common, and unknown
)
NAMES = {"firstName": "{first_name}", "lastName": "{last_name}"}


def _route(field: Field, name: str, needs: tuple[str, ...], contact: dict[str, str]) -> Route:
    phone = field is Field.PHONE
    return Route(
        field=field,
        name=name,
        needs=needs,
        # Each kind that is revealed is paid, so one call never asks for both.
        request=RequestTemplate(
            method="POST",
            path="/v3/contacts/search-and-enrich",
            json={"contacts": [contact], "reveal": ["phones" if phone else "emails"]},
        ),
        verdicts=VERDICTS,
        values=PHONES if phone else EMAILS,
        price=usd(success="0.60" if phone else "0.20"),  # 1 credit for the search, and 5 or 1
        charged=charge("billing.creditsCharged", CREDIT),
        optional=not phone,
        resends=2,
        backoff=1,
    )


def _routes(field: Field) -> tuple[Route, ...]:
    names = ("first_name", "last_name")
    return (
        _route(field, "linkedin", ("linkedin_url",), {"linkedinUrl": "{linkedin_url}"}),
        _route(field, "domain", (*names, "company_domain"), {**NAMES, "companyDomain": "{company_domain}"}),
        _route(field, "company", (*names, "company_name"), {**NAMES, "companyName": "{company_name}"}),
    )


SPEC = Spec(
    slug="lusha",
    title="Lusha",
    tier=Tier.T1,
    base_url="https://api.lusha.com",
    auth=Auth(headers={"api_key": "{key}"}),
    routes=(*_routes(Field.PHONE), *_routes(Field.EMAIL)),
    limits=(Limit(calls=300, seconds=60), Limit(calls=1800, seconds=3600), Limit(calls=18000, seconds=86400)),
    waits=(
        RetryAfterHint(like=r"reset in (\d+) second", path="message"),
        # No header tells when; a look each hour finds the new window.
        RetryAfterHint(seconds=3600, when="x-daily-requests-left"),
        RetryAfterHint(seconds=3600, when="x-hourly-requests-left"),
    ),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/v3/account/usage"), pools={"credits": "credits.remaining"}
    ),
)
