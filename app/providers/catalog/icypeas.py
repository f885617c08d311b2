"""Icypeas: work e-mail, submitted and then polled (api-doc.icypeas.com)."""

from app.providers.declaration.spec import Auth, Finder, Limit, Poll, SharedList, Spec, Values, on, post, usd
from app.providers.verifications.icypeas import VERIFY

# An error at 200 with `success: false` counts before the status.
REFUSED = (
    on(401, "auth_error", test="text", like="^Unauthorized access"),
    on(200, "auth_error", like="UserNotFoundError"),
    on(200, "out_of_credits", like="UnpaidSubscriptionError|InsufficientCredits|INSUFFICIENT_FUNDS"),
)
READ = "/bulk-single-searchs/read"
PERSON = {"firstname": "{first_name}", "lastname": "{last_name}", "domainOrCompany": "{company}"}

SPEC = Spec(
    slug="icypeas",
    title="Icypeas",
    tier="T2",
    base_url="https://app.icypeas.com/api",
    auth=Auth(headers={"Authorization": "{key}"}),
    email=Finder(
        ways=("domain", "company"),
        request=post("/email-search", PERSON),
        verdicts=(*REFUSED, on(200, "bad_request", "success", "false"), on(200, "pending", "item._id", "present")),
        values=Values(
            at=("items.0.results.emails",),
            value=("email",),
            grade="certainty",
            grades={
                "*_sure": "valid",  # ultra_sure, very_sure
                "probable": "risky",
                "sure": "risky",
                "undeliverable": "invalid",
                "not_found": None,
            },
            confidence={"ultra_sure": 99, "very_sure": 99, "probable": 95},
        ),
        # No price of a credit is published: it only orders until LEADRUN_PROVIDER_ICYPEAS_PRICE_SUCCESS has yours.
        price=usd(success="0.02"),
        poll=Poll(
            ticket={"id": "item._id"},
            request=post(READ, {"id": "{id}"}),
            verdicts=(
                *REFUSED,
                on((200, 404), "ticket_lost", like="SearchNotFoundError"),
                on(200, "bad_request", "success", "false"),
                on(200, "pending", "items.0.status", among=("NONE", "SCHEDULED", "IN_PROGRESS")),
                on(200, "answer", "items.0.status", among=("FOUND", "DEBITED")),
                on(200, "miss", "items.0.status", among=("NOT_FOUND", "DEBITED_NOT_FOUND")),
                on(200, "bad_request", "items.0.status", among=("BAD_INPUT",)),
                on(200, "given_up", "items.0.status", among=("ABORTED",)),
                on(200, "answer", "items.0.results.emails", "present"),  # all but the running states are final
            ),
            shared=SharedList(request=post(READ, {"mode": "single", "type": "email-search"}), items="items", id="_id"),
            every=3,
            limits=(Limit(calls=30, seconds=60),),
        ),
    ),
    verify=VERIFY,
    limits=(Limit(calls=10, seconds=1),),
    balance=post("/a/actions/subscription-information", {}),
    pools={"credits": "credits"},
)
