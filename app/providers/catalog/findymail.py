"""Findymail: verified work e-mail, and phone of a LinkedIn profile, one POST each (app.findymail.com/docs)."""

from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    on,
    usd,
)

# An error may come at any status, 200 included. What a miss looks like is not documented, so every emptiness is one.
COMMON = (
    on(200, "out_of_credits", "error", like="not enough credits"),
    on(200, "auth_error", "error", like="paused|unauthenticated"),
    on(200, "rate_limited", "error", like="too many attempts"),
    on(200, "bad_request", "error", "present"),
    on(423, "auth_error"),  # the account is paused, and nothing works until somebody acts
    on(404, "miss"),
)
EMAIL = (
    *COMMON,
    on(200, "malformed", "payload", "present"),  # the acknowledgement of a look-up by webhook, which was not asked for
    on(200, "answer", "contact.email", "present"),
    on(200, "miss", "contact.email", "absent"),
)
PHONE = (*COMMON, on(200, "answer", "phone", "present"), on(200, "miss", "phone", "absent"))

# Only addresses that the vendor holds to be deliverable are told, so there is no grade: every address is valid.
ADDRESS = Values(at=("contact",), value=("email",), grades={"*": "valid"})
NUMBER = Values(
    at=("",), value=("phone",), phone_type="line_type", phone_types={"mobile": "mobile", "landline": "landline"}
)


def _route(name: str, path: str, needs: tuple[str, ...], asked: dict[str, str], at_once: int | None = None) -> Route:
    phone = path == "phone"
    return Route(
        field=Field.PHONE if phone else Field.EMAIL,
        name=name,
        needs=needs,
        request=RequestTemplate(method="POST", path=f"/api/search/{path}", json=asked),
        verdicts=PHONE if phone else EMAIL,
        values=NUMBER if phone else ADDRESS,
        price=usd(success="0.20" if phone else "0.02"),  # 10 and 1 credits; Starter: 99 USD for 5,000
        optional=phone,
        resends=2,  # only a find is charged
        at_once=at_once,
    )


PERSON = ("first_name", "last_name")
PROFILE = {"linkedin_url": "{linkedin_url}"}
SPEC = Spec(
    slug="findymail",
    title="Findymail",
    tier=Tier.T2,
    base_url="https://app.findymail.com",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    routes=(
        _route("domain", "name", (*PERSON, "company_domain"), {"name": "{name}", "domain": "{company_domain}"}),
        _route("company", "name", (*PERSON, "company_name"), {"name": "{name}", "domain": "{company_name}"}),
        _route("linkedin", "business-profile", ("linkedin_url",), PROFILE, at_once=30),
        _route("linkedin", "phone", ("linkedin_url",), PROFILE),
    ),
    at_once=300,
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/api/credits"),
        pools={"finder": "credits", "verifier": "verifier_credits"},
    ),
)
