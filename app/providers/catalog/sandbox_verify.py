"""Sandbox Verify: made-up verdicts on e-mail addresses by one GET."""

from app.providers.declaration.spec import Auth, Finder, Mode, Spec, Values, get, on, usd

SPEC = Spec(
    slug="sandbox-verify",
    title="Sandbox Verify",
    tier="T1",
    mode=Mode.TEST,
    base_url="",
    auth=Auth(headers={"X-Api-Key": "{key}"}),
    verify=Finder(
        ways=("verify",),
        request=get("/verify/v1/check", {"email": "{email}"}),
        verdicts=(on(200, "answer", "verdict", "present"),),
        values=Values(
            at=("",),
            grade="verdict",
            grades={"deliverable": "valid", "accept_all": "risky", "undeliverable": "invalid"},
            billed=frozenset({"valid", "risky", "invalid"}),
        ),
        price=usd(success="0.004"),
        repeatable=True,
    ),
    public_key="sandbox",
    closes_for=0,
)
