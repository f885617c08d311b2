"""Sandbox Dial: made-up phone numbers by one POST, null where there is none."""

from app.providers.declaration.spec import INPUTS, Auth, Finder, Mode, Spec, Values, on, post, usd, wait

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "name": "{name}", "linkedin": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "company": "{company_name}"}

SPEC = Spec(
    slug="sandbox-dial",
    title="Sandbox Dial",
    tier="T1",
    mode=Mode.TEST,
    base_url="",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    phone=Finder(
        ways=("domain", "company", "linkedin"),
        request=post("/dial/lookup", {"person": PERSON | COMPANY}),
        also=INPUTS,
        verdicts=(
            on(200, "malformed", "number", "missing"),
            on(200, "answer", "", "object"),
            on(403, "out_of_credits", "error.code", among=("NO_CREDITS",)),
        ),
        values=Values(
            at=("",),
            value=("number",),
            phone_type="line",
            phone_types={"cell": "mobile", "desk": "landline", "voip": "voip"},
        ),
        price=usd(success="0.05"),
    ),
    waits=(wait(path="retry_in"),),
    public_key="sandbox",
    closes_for=0,
)
