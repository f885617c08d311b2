"""Dropcontact's verification: the grade of a record that has the address (developer.dropcontact.com)."""

from app.providers.declaration.spec import Finder, Poll, Values, get, on, post, usd

# 403 also stands for an account they do not know.
REFUSED = (
    *(
        on(403, "auth_error", member, like=r"(unknown|invalid|no such) (account|user)|account not found")
        for member in ("reason", "detail")
    ),
    on(403, "out_of_credits"),
)

VERIFY = Finder(
    ways=("verify",),
    request=post("/v1/enrich/all", {"data": [{"email": "{email}"}], "language": "en"}),
    verdicts=(
        on((200, 201, 202), "server_error", "success", "false"),
        on((200, 201, 202), "pending", "request_id", "present"),
        *REFUSED,
    ),
    values=Values(
        at=("data.0.email",),
        value=("email",),  # the list may also have a business address that they found
        grade="qualification",
        # In the account's language; what is said of the domain comes first.
        grades={
            "*@*invalid*": "invalid",
            "*@disposable": "invalid",
            "*@jetable": "invalid",
            "nominati[vf]*@pro": "valid",
            "nominati[vf]*@perso": "valid",
            "nominati[vf]*@school": "valid",
            "catch_all@*": "risky",
            "non_confirm*@*": "risky",
            "g[eé]n[eé]ri[cq]*@*": "risky",
            "invalid*@*": "invalid",
            "random@*": "invalid",
        },
    ),
    # A verification is a credit, 0.174 USD on Starter, whatever it says.
    price=usd(call="0.174"),
    poll=Poll(
        ticket={"request_id": "request_id"},
        request=get("/v1/enrich/all/{request_id}"),
        verdicts=(
            on(200, "server_error", "error", "true"),
            on(200, "pending", "success", "false"),  # also said for an unknown id, so our time limit ends it
            on(200, "malformed", "success", "absent"),
            on(200, "pending", "data", "missing"),  # both are waited for
            on(200, "answer", "data.0", "object"),
            *REFUSED,
        ),
        every=30,
        first=(5, 7, 7),  # earlier polls are allowed, and a single record is often ready after seconds
    ),
)
