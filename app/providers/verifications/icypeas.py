"""Icypeas' verification: submitted and then polled (api-doc.icypeas.com, email-verification)."""

from app.providers.declaration.spec import Finder, Limit, Poll, Values, on, post, usd

REFUSED = (
    on(401, "auth_error", test="text", like="^Unauthorized access"),
    on(200, "auth_error", like="UserNotFoundError"),
    on(200, "out_of_credits", like="UnpaidSubscriptionError|InsufficientCredits|INSUFFICIENT_FUNDS"),
)
STATUSES = ("items.0.status", "item.status")  # the documentation has a list, some clients an object
RUNNING = ("NONE", "SCHEDULED", "IN_PROGRESS")

VERIFY = Finder(
    ways=("verify",),
    request=post("/email-verification", {"email": "{email}"}),
    verdicts=(*REFUSED, on(200, "bad_request", "success", "false"), on(200, "pending", "item._id", "present")),
    values=Values(
        at=("items.0.results.emails", "item.results.emails"),
        grade="certainty",
        # The status only says that the check ran; "not_found" is that the vendor has no verdict.
        grades={"ultra_sure": "valid", "very_sure": "valid", "probable": "risky", "undeliverable": "invalid"},
    ),
    # A verification is a tenth of a credit, 0.0019 USD at 19 USD for 1,000, whatever it says.
    price=usd(call="0.0019"),
    poll=Poll(
        ticket={"id": "item._id"},
        request=post("/bulk-single-searchs/read", {"id": "{id}"}),
        verdicts=(
            *REFUSED,
            on((200, 404), "ticket_lost", like="SearchNotFoundError"),
            on(200, "bad_request", "success", "false"),
            *(on(200, "pending", status, among=RUNNING) for status in STATUSES),
            *(on(200, "bad_request", status, among=("BAD_INPUT",)) for status in STATUSES),
            *(on(200, "given_up", status, among=("ABORTED",)) for status in STATUSES),
            *(on(200, "answer", status, "present") for status in STATUSES),
        ),
        every=3,
        limits=(Limit(calls=30, seconds=60),),  # of the finder's polls and these together
    ),
)
