"""Sandbox Moody: made-up e-mail addresses and numbers from an unreliable vendor with errors inside its 200."""

from app.providers.declaration.spec import INPUTS, Auth, Finder, Mode, Spec, Values, get, on, usd

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "name": "{name}", "linkedin": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "company": "{company_name}"}
EMAIL = Finder(
    ways=("domain", "company", "linkedin"),
    request=get("/moody/api", {"what": "email"} | PERSON | COMPANY),
    also=INPUTS,
    verdicts=(
        on(200, "auth_error", "code", among=("KEY",)),
        on(200, "out_of_credits", "code", among=("BALANCE",)),
        on(200, "answer", "hits", "list"),
    ),
    values=Values(
        at=("hits",),
        value=("value",),
        grade="grade",
        grades={"valid": "valid", "risky": "risky"},
        phone_type="line",
        phone_types={"mobile": "mobile", "landline": "landline", "voip": "voip"},
    ),
    price=usd(success="0.02"),
    repeatable=True,
)
NUMBER = get("/moody/api", {"what": "phone"} | PERSON | COMPANY)

SPEC = Spec(
    slug="sandbox-moody",
    title="Sandbox Moody",
    tier="T3",
    mode=Mode.TEST,
    base_url="",
    auth=Auth(query={"apiKey": "{key}"}),
    email=EMAIL,
    phone=EMAIL.but(request=NUMBER, price=usd(success="0.08")),
    public_key="sandbox",
    closes_for=0,
    timeout=2.0,
)
