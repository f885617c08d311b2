"""Sandbox Dial: made-up phone numbers by one POST, null where there is none."""

from app.providers.declaration.spec import (
    Auth,
    Field,
    Mode,
    RequestTemplate,
    RetryAfterHint,
    Route,
    Spec,
    Tier,
    Values,
    on,
    usd,
)

SPEC = Spec(
    slug="sandbox-dial",
    title="Sandbox Dial",
    tier=Tier.T1,
    mode=Mode.TEST,
    base_url="",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    routes=(
        Route(
            field=Field.PHONE,
            name="person",
            needs=(),
            request=RequestTemplate(
                method="POST",
                path="/dial/lookup",
                json={
                    "person": {
                        "first_name": "{first_name}",
                        "last_name": "{last_name}",
                        "name": "{name}",
                        "domain": "{company_domain}",
                        "company": "{company_name}",
                        "linkedin": "{linkedin_url}",
                    }
                },
            ),
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
    ),
    waits=(RetryAfterHint(path="retry_in"),),
    public_key="sandbox",
    closes_for=0,
)
