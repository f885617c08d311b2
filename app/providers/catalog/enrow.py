"""Enrow: work e-mail and mobile number, submitted and then polled (docs.enrow.io)."""

from app.providers.declaration.response import VendorResponse, look
from app.providers.declaration.retry_after import RetryAfterHint, TimeUnit
from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    Poll,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    charge,
    on,
    usd,
)

VALUE = {Field.EMAIL: "email", Field.PHONE: "number"}
PATH = {Field.EMAIL: "/email/find/single", Field.PHONE: "/phone/single"}


def _credits(reply: VendorResponse) -> int:
    return {"valid": 1, "found": 40}.get(str(look(reply, "qualification")), 0)


def _route(field: Field, name: str, asked: object, *needs: str) -> Route:
    return Route(
        field=field,
        name=name,
        needs=needs,
        request=RequestTemplate(method="POST", path=PATH[field], json=asked),
        # In the older documentation an empty purse is a 422; now it is a 402.
        verdicts=(on(422, "out_of_credits"), on((200, 201, 202), "pending", "id", "present")),
        values=Values(at=("",), value=(VALUE[field],), grade="email", grades={"*@*": "valid"}),  # of catch-alls too
        # No price of a credit is published: it only orders until LEADRUN_PROVIDER_ENROW_PRICE_CREDIT tells yours.
        price=usd(success="0.02" if field is Field.EMAIL else "0.80"),
        charged=charge(_credits, "0.02"),
        poll=Poll(
            ticket={"id": "id"},
            request=RequestTemplate(method="GET", path=PATH[field], query={"id": "{id}"}),
            verdicts=(
                # The word decides, not the status; "invalid" is nobody found. An unknown id is a 500, formerly a 404.
                on((200, 202), "pending", "qualification", among=("ongoing",)),
                on((200, 202), "miss", "qualification", among=("invalid", "not_found")),
                on(200, "malformed", VALUE[field], "absent"),
                on((200, 202), "answer", "qualification", among=("valid", "found")),
                on(202, "pending"),
                on(404, "ticket_lost"),
            ),
            every=2,
        ),
        optional=field is Field.PHONE,
        limits=(Limit(calls=10, seconds=1, pool=field),),  # of submissions; looks are not counted
    )


NAMES, FULL = ("first_name", "last_name"), {"fullname": "{name}"}
PARTS = {"firstname": "{first_name}", "lastname": "{last_name}"}
DOMAIN, COMPANY = {"company_domain": "{company_domain}"}, {"company_name": "{company_name}"}
COUNTRY = {"settings": {"country_code": "{region}"}}
SPEC = Spec(
    slug="enrow",
    title="Enrow",
    tier=Tier.T2,
    base_url="https://api.enrow.io",
    auth=Auth(headers={"x-api-key": "{key}"}),
    routes=(
        _route(Field.EMAIL, "domain", FULL | DOMAIN, *NAMES, "company_domain"),
        _route(Field.EMAIL, "company", FULL | COMPANY | COUNTRY, *NAMES, "company_name"),
        _route(Field.PHONE, "linkedin", {"linkedin_url": "{linkedin_url}"}, "linkedin_url"),
        _route(Field.PHONE, "domain", PARTS | DOMAIN, *NAMES, "company_domain"),
        _route(Field.PHONE, "company", PARTS | COMPANY, *NAMES, "company_name"),
    ),
    waits=(RetryAfterHint(header="X-RateLimit-Reset", unit=TimeUnit.EPOCH), RetryAfterHint(path="retry_after")),
    balance=BalanceRequest(request=RequestTemplate(method="GET", path="/account/info"), pools={"credits": "credits"}),
)
