"""Enrow: work e-mail and mobile number, submitted and then polled (docs.enrow.io)."""

from app.providers.declaration.messages import look
from app.providers.declaration.spec import Auth, Finder, Limit, Poll, Spec, Values, charge, get, on, post, usd, wait
from app.providers.verifications.enrow import VERIFY

COMPANY = {"company_domain": "{company_domain}", "company_name": "{company_name}"}
PERSON = {"linkedin_url": "{linkedin_url}", "firstname": "{first_name}", "lastname": "{last_name}"}


def _poll(path: str, value: str) -> Poll:
    return Poll(
        ticket={"id": "id"},
        request=get(path, {"id": "{id}"}),
        verdicts=(
            # The word decides, not the status; "invalid" is nobody found. An unknown id is a 500, formerly a 404.
            on((200, 202), "pending", "qualification", among=("ongoing",)),
            on((200, 202), "miss", "qualification", among=("invalid", "not_found")),
            on(200, "malformed", value, "absent"),
            on((200, 202), "answer", "qualification", among=("valid", "found")),
            on(202, "pending"),
            on(202, "pending", test="nothing"),
            on(404, "ticket_lost"),
        ),
        every=2,
    )


EMAIL = Finder(
    ways=("domain", "company"),
    request=post("/email/find/single", {"fullname": "{name}", **COMPANY, "settings": {"country_code": "{region}"}}),
    also={"company": ("region",)},
    # In the older documentation 422 means that no credits are left; now it is 402.
    verdicts=(on(422, "out_of_credits"), on((200, 201, 202), "pending", "id", "present")),
    values=Values(at=("",), value=("email",), grade="email", grades={"*@*": "valid"}),  # of catch-alls too
    # No price of a credit is published: it only orders until LEADRUN_PROVIDER_ENROW_PRICE_CREDIT has yours.
    price=usd(success="0.02"),
    charged=charge(lambda reply: {"valid": 1, "found": 40}.get(str(look(reply, "qualification")), 0), "0.02"),
    poll=_poll("/email/find/single", "email"),
    limits=(Limit(calls=10, seconds=1),),  # of submissions; polls are not counted
)

SPEC = Spec(
    slug="enrow",
    title="Enrow",
    tier="T2",
    base_url="https://api.enrow.io",
    auth=Auth(headers={"x-api-key": "{key}"}),
    email=EMAIL,
    phone=EMAIL.but(
        ways=("linkedin", "domain", "company"),
        request=post("/phone/single", PERSON | COMPANY),
        values=Values(at=("",), value=("number",)),
        price=usd(success="0.80"),
        poll=_poll("/phone/single", "number"),
        optional=True,
    ),
    verify=VERIFY,
    waits=(wait("X-RateLimit-Reset", "epoch"), wait(path="retry_after")),
    balance=get("/account/info"),
    pools={"credits": "credits"},
)
