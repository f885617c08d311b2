"""Sandbox Mail: made-up e-mail addresses by one GET with the common statuses."""

from app.providers.declaration.spec import INPUTS, Auth, Finder, Mode, Spec, Values, get, on, usd

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "name": "{name}", "linkedin": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "company": "{company_name}"}

SPEC = Spec(
    slug="sandbox-mail",
    title="Sandbox Mail",
    tier="T1",
    mode=Mode.TEST,
    base_url="",
    auth=Auth(headers={"X-Api-Key": "{key}"}),
    email=Finder(
        ways=("domain", "company", "linkedin"),
        request=get("/mail/v2/find", PERSON | COMPANY),
        also=INPUTS,
        verdicts=(on(200, "answer", "email", "present"), on(404, "miss", "error", among=("not_found",))),
        values=Values(
            at=("",),
            value=("email",),
            grade="verdict",
            grades={"deliverable": "valid", "accept_all": "risky"},
            confidence="score",
        ),
        price=usd(success="0.01"),
        repeatable=True,
    ),
    public_key="sandbox",
    closes_for=0,
)
