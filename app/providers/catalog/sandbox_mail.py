"""Sandbox Mail: made-up e-mail addresses by one GET whose status says it all."""

from app.providers.declaration.spec import Auth, Field, Mode, RequestTemplate, Route, Spec, Tier, Values, on, usd

SPEC = Spec(
    slug="sandbox-mail",
    title="Sandbox Mail",
    tier=Tier.T1,
    mode=Mode.TEST,
    base_url="",
    auth=Auth(headers={"X-Api-Key": "{key}"}),
    routes=(
        Route(
            field=Field.EMAIL,
            name="person",
            needs=(),
            request=RequestTemplate(
                method="GET",
                path="/mail/v2/find",
                query={
                    "first_name": "{first_name}",
                    "last_name": "{last_name}",
                    "name": "{name}",
                    "domain": "{company_domain}",
                    "company": "{company_name}",
                    "linkedin": "{linkedin_url}",
                },
            ),
            verdicts=(
                on(200, "answer", "email", "present"),
                on(404, "miss", "error", among=("not_found",)),
            ),
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
    ),
    public_key="sandbox",
    closes_for=0,
)
