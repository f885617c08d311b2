"""ContactOut: phone, and e-mail if wished, by LinkedIn profile or by name (api.contactout.com, REST API v1)."""

from app.providers.declaration.response import NoValue, VendorResponse, look
from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    Path,
    Price,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    on,
    usd,
)


def _said(reply: VendorResponse) -> str:
    """Join status and message; an error's status may stand in the body of a 200 only."""
    code, message = look(reply, "status_code"), look(reply, "message")
    shown = code if reply.status == 200 and type(code) is int else reply.status  # noqa: PLR2004 - the status OK
    return f"{shown} {' '.join(message.split()) if isinstance(message, str) else ''}"


def _first(reply: VendorResponse, *places: str) -> object:
    """Take the first place in the profile where something is: there are several dialects."""
    seen = (look(reply, f"profile.{place}") for place in places)
    return next((value for value in seen if value not in (NoValue.MISSING, None, "", [], {})), NoValue.MISSING)


def _emails(reply: VendorResponse) -> object:
    """Pair addresses with their statuses: an object holds one for each, a text holds for all."""
    given = _first(reply, "work_email", "workEmail", "work_emails", "contact_info.work_emails")
    states = _first(reply, "work_email_status", "workEmailStatus", "contact_info.work_email_status")
    if isinstance(given, NoValue):
        return given
    return [
        {"email": email, "status": states.get(str(email)) if isinstance(states, dict) else states}
        for email in (given if isinstance(given, list) else [given])
    ]


def _left(pool: str) -> Path:
    """Read one pool: prepaid accounts have what is left in the quota, postpaid ones in a member of its own."""
    places = (f"usage.{pool}remaining", f"usage.{pool}quota")
    return lambda reply: next((v for p in places if isinstance(v := look(reply, p), int | float)), None)


ERRORS = (
    # 400 and 401 are swapped compared with common practice; where the text contradicts the status, the text wins.
    on(None, "auth_error", _said, like=r"^400 |^401 .*(token|credentials)|^403 (?!.*credits)"),
    on(None, "bad_request", _said, like="^401 "),
    on(None, "out_of_credits", _said, like="^40[23] "),
    on(None, "rate_limited", _said, like="^429 "),
    on(None, "server_error", _said, like="^5"),
    # A key without access gets the documentation's sample person, and the sample figures of April 2023.
    on(200, "auth_error", "period.start", like="^2023-04"),
    on(200, "auth_error", "message", like="sample response"),
    on(200, "auth_error", "profile", like=r"/in/example-person\b|\bemail1@example\.com|\bemail2@gmail\.com"),
)
VERDICTS = (
    on(None, "miss", _said, like="^404 "),
    *ERRORS,
    on(200, "malformed", "profile", "missing"),
    on(200, "miss", "profile", "absent"),
    on(200, "answer", "profile", "object"),
)
SITE = "profile.company.domain"
EMAILS = Values(at=(_emails,), value=("email",), grade="status", grades={"verified": "valid"}, company_domain=SITE)
PHONES = Values(at=("profile.phone", "profile.phones", "profile.contact_info.phones"), company_domain=SITE)


def _routes(field: Field, values: Values, price: Price, include: str, **query: str) -> tuple[Route, ...]:
    """Make the ways of asking for one field; each kind has its own pool, so one call never asks for both."""

    def route(name: str, needs: tuple[str, ...], request: RequestTemplate) -> Route:
        return Route(
            field=field,
            name=name,
            needs=needs,
            request=request,
            verdicts=VERDICTS,
            values=values,
            price=price,
            resends=2,
            optional=field is Field.EMAIL,
        )

    def person(**company: list[str]) -> RequestTemplate:
        names = {"first_name": "{first_name}", "last_name": "{last_name}"}
        return RequestTemplate(method="POST", path="/v1/people/enrich", json={**names, **company, "include": [include]})

    profile = RequestTemplate(method="GET", path="/v1/people/linkedin", query={"profile": "{linkedin_url}", **query})
    return (
        route("linkedin", ("linkedin_url",), profile),
        route("domain", ("first_name", "last_name", "company_domain"), person(company_domain=["{company_domain}"])),
        route("company", ("first_name", "last_name", "company_name"), person(company=["{company_name}"])),
    )


SPEC = Spec(
    slug="contactout",
    title="ContactOut",
    tier=Tier.T1,
    base_url="https://api.contactout.com",
    auth=Auth(headers={"token": "{key}"}),
    headers={"authorization": "basic"},
    routes=(
        # Prices are by contract: these order the waterfall until LEADRUN_PROVIDER_CONTACTOUT_PRICE_SUCCESS tells yours.
        *_routes(Field.PHONE, PHONES, usd(success="0.50"), "phone", email_type="none", include_phone="true"),
        *_routes(Field.EMAIL, EMAILS, usd(success="0.10"), "work_email", email_type="work"),
    ),
    limits=(Limit(calls=1000, seconds=60),),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/v1/stats"),
        pools={"email": _left(""), "phone": _left("phone_"), "search": _left("search_")},
        verdicts=(*ERRORS, on(200, "answer", "usage", "object")),
    ),
)
