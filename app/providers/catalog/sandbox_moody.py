"""Sandbox Moody: made-up e-mail addresses and numbers from an unreliable vendor with errors inside its 200."""

from app.providers.declaration.spec import Auth, Field, Mode, RequestTemplate, Route, Spec, Tier, Values, on, usd

VERDICTS = (
    on(200, "auth_error", "code", among=("KEY",)),
    on(200, "out_of_credits", "code", among=("BALANCE",)),
    on(200, "answer", "hits", "list"),
)
VALUES = Values(
    at=("hits",),
    value=("value",),
    grade="grade",
    grades={"valid": "valid", "risky": "risky"},
    phone_type="line",
    phone_types={"mobile": "mobile", "landline": "landline", "voip": "voip"},
)


def _route(field: Field, success: str) -> Route:
    return Route(
        field=field,
        name="person",
        needs=(),
        request=RequestTemplate(
            method="GET",
            path="/moody/api",
            query={
                "what": field.value,
                "first_name": "{first_name}",
                "last_name": "{last_name}",
                "name": "{name}",
                "domain": "{company_domain}",
                "company": "{company_name}",
                "linkedin": "{linkedin_url}",
            },
        ),
        verdicts=VERDICTS,
        values=VALUES,
        price=usd(success=success),
        repeatable=True,
    )


SPEC = Spec(
    slug="sandbox-moody",
    title="Sandbox Moody",
    tier=Tier.T3,
    mode=Mode.TEST,
    base_url="",
    auth=Auth(query={"apiKey": "{key}"}),
    routes=(_route(Field.EMAIL, "0.02"), _route(Field.PHONE, "0.08")),
    public_key="sandbox",
    closes_for=0,
    timeout=2.0,
)
