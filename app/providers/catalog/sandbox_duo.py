"""Sandbox Duo: made-up people with e-mail and phone, both for the price of one call."""

from app.providers.declaration.spec import Auth, Field, Mode, RequestTemplate, Route, Spec, Tier, Values, on, usd

WHO = {
    "first_name": "{first_name}",
    "last_name": "{last_name}",
    "name": "{name}",
    "domain": "{company_domain}",
    "company": "{company_name}",
    "linkedin": "{linkedin_url}",
}
VERDICTS = (
    on(200, "answer", "person", "object"),
    on(200, "miss", "status", among=("no_match",)),
    on(200, "out_of_credits", "status", among=("payment_required",)),
)
EMAIL = Values(
    at=("person.emails",),
    value=("address",),
    only=("type", ("work",)),
    grade="quality",
    grades={"a": "valid", "b": "risky", "c": "unknown"},
)
PHONE = Values(
    at=("person.phones",),
    value=("digits",),
    phone_type="kind",
    phone_types={"mobile": "mobile", "landline": "landline", "voip": "voip"},
)


def _request(*wanted: str) -> RequestTemplate:
    return RequestTemplate(method="POST", path="/duo/enrich", json={"want": list(wanted), "who": WHO})


def _route(field: Field, values: Values) -> Route:
    return Route(
        field=field,
        name="person",
        needs=(),
        request=_request(field.value),
        both=_request("email", "phone"),
        verdicts=VERDICTS,
        values=values,
        price=usd(call="0.01"),
    )


SPEC = Spec(
    slug="sandbox-duo",
    title="Sandbox Duo",
    tier=Tier.T2,
    mode=Mode.TEST,
    base_url="",
    auth=Auth(basic=("api", "{key}")),
    routes=(_route(Field.EMAIL, EMAIL), _route(Field.PHONE, PHONE)),
    public_key="sandbox",
    closes_for=0,
)
