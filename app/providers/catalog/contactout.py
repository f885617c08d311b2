"""ContactOut: phone, and e-mail if wished, by LinkedIn profile or by name (api.contactout.com, REST API v1)."""

from app.providers.declaration.messages import NoValue, Path, VendorResponse, look, only, several
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, get, on, post, usd


def _said(reply: VendorResponse) -> str:
    """Join status and message; an error's status may stand in the body of a 200 only."""
    code, message = look(reply, "status_code"), look(reply, "message")
    if code is NoValue.MISSING and reply.status in {400, 401, 404}:
        return ""  # what has not the vendor's own shape means what it usually does
    given = code if str(code).isdecimal() else reply.status
    shown = given if reply.status == 200 else reply.status  # noqa: PLR2004 - the status OK
    return f"{shown} {' '.join(message.split()) if isinstance(message, str) else ''}"


def _first(reply: VendorResponse, *places: str) -> object:
    """Return the first place in the profile that is not empty: there are several dialects."""
    seen = (look(reply, f"profile.{place}") for place in places)
    return next((value for value in seen if value not in (NoValue.MISSING, None, "", [], {})), NoValue.MISSING)


def _emails(reply: VendorResponse) -> object:
    """Pair addresses with their statuses: an object has one for each address, a text one for all."""
    given = _first(reply, "work_email", "workEmail", "work_emails", "contact_info.work_emails")
    states = only(_first(reply, "work_email_status", "workEmailStatus", "contact_info.work_email_status"))
    of_each = {name.casefold(): state for name, state in states.items()} if isinstance(states, dict) else None
    return [
        {"email": email, "status": states if of_each is None else of_each.get(str(email).casefold())}
        for email in several(given)
    ]


def _left(pool: str) -> Path:
    """Read one pool: prepaid accounts have the rest in the quota, postpaid ones in a member of its own."""
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
SITE, PROFILE = "profile.company.domain", {"profile": "{linkedin_url}"}
PERSON = {"first_name": "{first_name}", "last_name": "{last_name}"} | {
    "company_domain": ["{company_domain}"],
    "company": ["{company_name}"],
}
# Each kind of value has its own pool of credits, so one call never asks for both.
PHONE = Finder(
    ways=("linkedin",),
    request=get("/v1/people/linkedin", PROFILE | {"email_type": "none", "include_phone": "true"}),
    verdicts=(
        on(None, "miss", _said, like="^404 "),
        *ERRORS,
        on(200, "malformed", "profile", "missing"),
        on(200, "miss", "profile", "absent"),
        on(200, "answer", "profile", "object"),
    ),
    values=Values(at=("profile.phone", "profile.phones", "profile.contact_info.phones"), company_domain=SITE),
    # Prices are by contract: these order the waterfall until LEADRUN_PROVIDER_CONTACTOUT_PRICE_SUCCESS has yours.
    price=usd(success="0.50"),
    resends=2,
)
EMAIL = PHONE.but(
    request=get("/v1/people/linkedin", PROFILE | {"email_type": "work"}),
    values=Values(at=(_emails,), value=("email",), grade="status", grades={"verified": "valid"}, company_domain=SITE),
    price=usd(success="0.10"),
    optional=True,
)
BY_NAME = ("domain", "company")

SPEC = Spec(
    slug="contactout",
    title="ContactOut",
    tier="T1",
    base_url="https://api.contactout.com",
    auth=Auth(headers={"token": "{key}"}),
    headers={"authorization": "basic"},
    email=(
        EMAIL,
        EMAIL.but(ways=BY_NAME, request=post("/v1/people/enrich", {**PERSON, "include": ["work_email"]})),
    ),
    phone=(
        PHONE,
        PHONE.but(ways=BY_NAME, request=post("/v1/people/enrich", {**PERSON, "include": ["phone"]})),
    ),
    limits=(Limit(calls=1000, seconds=60),),
    balance=get("/v1/stats"),
    pools={"email": _left(""), "phone": _left("phone_"), "search": _left("search_")},
    balance_verdicts=(*ERRORS, on(200, "answer", "usage", "object")),
)
