"""Enrow's verification: submitted and then polled (docs.enrow.io, email-verifier)."""

from app.providers.declaration.spec import Finder, Limit, Poll, Values, get, on, post, usd

VERIFY = Finder(
    ways=("verify",),
    request=post("/email/verify/single", {"email": "{email}"}),
    # In the older documentation 422 means that no credits are left; now it is 402.
    verdicts=(on(422, "out_of_credits"), on((200, 201, 202), "pending", "id", "present")),
    values=Values(at=("",), grade="qualification", grades={"valid": "valid", "invalid": "invalid"}),  # no third class
    # A verification is a quarter of a credit, 0.003 USD at 24 USD for 2,000, whatever it says.
    price=usd(call="0.003"),
    poll=Poll(
        ticket={"id": "id"},
        request=get("/email/verify/single", {"id": "{id}"}),
        verdicts=(
            on((200, 202), "pending", "qualification", among=("ongoing",)),
            on((200, 202), "answer", "qualification", "present"),
            on(202, "pending"),
            on(202, "pending", test="nothing"),
            on(200, "answer", "", "object"),
            on(404, "ticket_lost"),
        ),
        every=2,
    ),
    limits=(Limit(calls=10, seconds=1),),  # of submissions; polls are not counted
)
