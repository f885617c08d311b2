"""Sandbox Duo: made-up people with e-mail and phone, both for the price of one call."""

from app.providers.declaration.messages import RequestTemplate
from app.providers.declaration.spec import INPUTS, Auth, Finder, Mode, Spec, Values, on, post, usd

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "name": "{name}", "linkedin": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "company": "{company_name}"}


def _request(*wanted: str) -> RequestTemplate:
    return post("/duo/enrich", {"want": list(wanted), "who": PERSON | COMPANY})


EMAIL = Finder(
    ways=("domain", "company", "linkedin"),
    request=_request("email"),
    also=INPUTS,
    both=_request("email", "phone"),
    verdicts=(
        on(200, "answer", "person", "object"),
        on(200, "miss", "status", among=("no_match",)),
        on(200, "out_of_credits", "status", among=("payment_required",)),
    ),
    values=Values(
        at=("person.emails",),
        value=("address",),
        only=("type", ("work",)),
        grade="quality",
        grades={"a": "valid", "b": "risky", "c": "unknown"},
    ),
    price=usd(call="0.01"),
)
PHONE = Values(
    at=("person.phones",),
    value=("digits",),
    phone_type="kind",
    phone_types={"mobile": "mobile", "landline": "landline", "voip": "voip"},
)

SPEC = Spec(
    slug="sandbox-duo",
    title="Sandbox Duo",
    tier="T2",
    mode=Mode.TEST,
    base_url="",
    auth=Auth(basic=("api", "{key}")),
    email=EMAIL,
    phone=EMAIL.but(request=_request("phone"), values=PHONE),
    public_key="sandbox",
    closes_for=0,
)
