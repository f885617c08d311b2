"""Icypeas: work e-mail, submitted and then read (api-doc.icypeas.com)."""

from app.providers.declaration.response import VendorResponse, look
from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    Poll,
    RequestTemplate,
    Route,
    SharedList,
    Spec,
    Tier,
    Values,
    on,
    usd,
)

# What they tell at 200 with `success: false` counts before the status.
REFUSED = (
    on(200, "auth_error", like="UserNotFoundError"),
    on(200, "out_of_credits", like="UnpaidSubscriptionError|InsufficientCredits"),
)
SUBMITTED = (*REFUSED, on(200, "bad_request", "success", "false"), on(200, "pending", "item._id", "present"))
POLLED = (
    *REFUSED,
    on((200, 404), "ticket_lost", like="SearchNotFoundError"),
    on(200, "bad_request", "success", "false"),
    on(200, "pending", "items.0.status", among=("NONE", "SCHEDULED", "IN_PROGRESS")),
    on(200, "answer", "items.0.status", among=("FOUND", "DEBITED")),
    on(200, "miss", "items.0.status", among=("NOT_FOUND", "DEBITED_NOT_FOUND")),
    on(200, "out_of_credits", "items.0.status", among=("INSUFFICIENT_FUNDS",)),
    on(200, "bad_request", "items.0.status", among=("BAD_INPUT",)),
    on(200, "given_up", "items.0.status", among=("ABORTED",)),
)
READ = "/bulk-single-searchs/read"
SURE = {"ultra_sure": 99, "very_sure": 99, "probable": 95}


def _candidates(reply: VendorResponse) -> object:
    """Add the percentage that they document for each certainty."""
    found = look(reply, "items.0.results.emails")
    if not isinstance(found, list):
        return found
    return [row | {"sure": SURE.get(str(row.get("certainty")))} if isinstance(row, dict) else row for row in found]


VALUES = Values(
    at=(_candidates,),
    value=("email",),
    grade="certainty",
    grades={
        "ultra_sure": "valid",
        "very_sure": "valid",
        "probable": "risky",
        "sure": "risky",
        "undeliverable": "invalid",
        "not_found": None,
    },
    confidence="sure",
)


def _route(name: str, company: str) -> Route:
    return Route(
        field=Field.EMAIL,
        name=name,
        needs=("first_name", "last_name", company),
        request=RequestTemplate(
            method="POST",
            path="/email-search",
            json={"firstname": "{first_name}", "lastname": "{last_name}", "domainOrCompany": f"{{{company}}}"},
        ),
        verdicts=SUBMITTED,
        values=VALUES,
        # No price of a credit is published: this only orders the waterfall until
        # LEADRUN_PROVIDER_ICYPEAS_PRICE_SUCCESS says what yours costs.
        price=usd(success="0.02"),
        poll=Poll(
            ticket={"id": "item._id"},
            request=RequestTemplate(method="POST", path=READ, json={"id": "{id}"}),
            verdicts=POLLED,
            many=SharedList(
                request=RequestTemplate(method="POST", path=READ, json={"mode": "single", "type": "email-search"}),
                items="items",
                id="_id",
            ),
            every=3,
            limits=(Limit(calls=30, seconds=60, pool="reads"),),
        ),
    )


SPEC = Spec(
    slug="icypeas",
    title="Icypeas",
    tier=Tier.T2,
    base_url="https://app.icypeas.com/api",
    auth=Auth(headers={"Authorization": "{key}"}),
    routes=(_route("domain", "company_domain"), _route("company", "company_name")),
    limits=(Limit(calls=10, seconds=1),),
    balance=BalanceRequest(
        request=RequestTemplate(method="POST", path="/a/actions/subscription-information", json={}),
        pools={"credits": "credits"},
    ),
)
