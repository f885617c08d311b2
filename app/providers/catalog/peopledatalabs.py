"""People Data Labs: work e-mail and mobile phone from one person record (docs.peopledatalabs.com, API v5)."""

from app.providers.declaration.response import VendorResponse, header, look
from app.providers.declaration.retry_after import RetryAfterHint, TimeUnit
from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    charge,
    on,
    usd,
)

VERDICTS = (on(404, "miss", "error.type", like="not_found"), on(200, "answer", "data", "object"))


def _likelihood(reply: VendorResponse) -> object:
    return look(reply, "likelihood")


def _routes(field: Field, member: str) -> tuple[Route, ...]:
    def request(who: dict[str, object], required: str, included: str) -> RequestTemplate:
        # Without the field that is required the answer is a 404, and free.
        query = {**who, "required": required, "data_include": included}
        return RequestTemplate(method="GET", path="/v5/person/enrich", query=query)

    def route(name: str, needs: tuple[str, ...], who: dict[str, object]) -> Route:
        credit = "0.28"  # Pro: about 98 USD for 350 matches; one credit a match, whatever is in it
        return Route(
            field=field,
            name=name,
            needs=needs,
            request=request(who, member, member),
            both=request(who, "work_email OR mobile_phone", "work_email,mobile_phone"),
            verdicts=VERDICTS,
            values=Values(
                at=(f"data.{member}",),
                flags=True,  # plans without contact data get true or false in place of the value
                confidence=_likelihood,
                scale=10,
                line="mobile",
            ),
            price=usd(success=credit),
            both_price=usd(success=credit),
            charged=charge(header("x-call-credits-spent"), credit),
            resends=2,
        )

    names: dict[str, object] = {"first_name": "{first_name}", "last_name": "{last_name}"}
    return (
        route("linkedin", ("linkedin_url",), {"profile": "{linkedin_url}"}),
        route("domain", ("first_name", "last_name", "company_domain"), {**names, "company": "{company_domain}"}),
        route("company", ("first_name", "last_name", "company_name"), {**names, "company": "{company_name}"}),
    )


SPEC = Spec(
    slug="peopledatalabs",
    title="People Data Labs",
    tier=Tier.T2,
    base_url="https://api.peopledatalabs.com",
    auth=Auth(headers={"X-Api-Key": "{key}"}),
    routes=(*_routes(Field.EMAIL, "work_email"), *_routes(Field.PHONE, "mobile_phone")),
    limits=(Limit(calls=1000, seconds=60),),
    waits=(RetryAfterHint(header="x-ratelimit-reset", unit=TimeUnit.ISO),),
    balance=BalanceRequest(
        # There is no account call; this one without parameters is refused, is free, and its headers tell what is left.
        request=RequestTemplate(method="HEAD", path="/v5/person/enrich"),
        pools={"credits": header("x-totallimit-remaining")},
        verdicts=(on((200, 400), "answer"),),
    ),
)
