"""Snov.io: work e-mail, a task that is started and polled, with a token exchanged for id and secret (snov.io/api)."""

from app.providers.reply import Reply, look
from app.providers.spec import Auth, Balance, Field, Limit, Poll, Request, Route, Spec, Tier, Token, Values, on, usd

OK = (200, 201, 202)
STARTED = (on(OK, "bad_request", "success", "false"), on(OK, "pending", "data.task_hash", "present"))
POLLED = (
    on(OK, "bad_request", "success", "false"),
    on(OK, "out_of_credits", "status", among=("not_enough_credits",)),
    on(OK, "pending", "status", among=("in_progress",)),
    on(OK, "malformed", "data.0.result", "missing"),
    on(OK, "answer", "status", among=("completed",)),
    on(404, "ticket_lost"),
)


def _candidates(reply: Reply) -> object:
    """Put the reason of an unknown grade into the grade, for only together do they say what is known."""
    found = look(reply, "data.0.result")
    if not isinstance(found, list):
        return found
    return [
        row | {"grade": f"{row.get('smtp_status')} {row.get('unknown_status_reason') or ''}"}
        if isinstance(row, dict)
        else row
        for row in found
    ]


PATH = "/v2/emails-by-domain-by-name"
SPEC = Spec(
    slug="snovio",
    title="Snov.io",
    tier=Tier.T2,
    base_url="https://api.snov.io",
    auth=Auth(
        headers={"Authorization": "Bearer {token}"},
        token=Token(
            request=Request(
                method="POST",
                path="/v1/oauth/access_token",
                form={"grant_type": "client_credentials", "client_id": "{key}", "client_secret": "{secret}"},
            ),
            at="access_token",
            lasts="expires_in",
        ),
    ),
    routes=(
        Route(
            field=Field.EMAIL,
            name="domain",
            needs=("first_name", "last_name", "company_domain"),
            request=Request(
                method="POST",
                path=f"{PATH}/start",
                json={
                    "rows": [{"first_name": "{first_name}", "last_name": "{last_name}", "domain": "{company_domain}"}]
                },
            ),
            verdicts=STARTED,
            values=Values(
                at=(_candidates,),
                value=("email",),
                grade="grade",
                grades={"valid": "valid", "unknown_catchall": "risky", "not_valid*": "invalid"},
                billed=frozenset({"valid", "risky", "unknown"}),
            ),
            price=usd(success="0.039"),  # Starter: 39 USD for 1,000; a miss is free
            poll=Poll(
                ticket={"task_hash": "data.task_hash"},
                request=Request(method="GET", path=f"{PATH}/result", query={"task_hash": "{task_hash}"}),
                verdicts=POLLED,
                first=(3,),
                every=5,
                counted=True,  # 60 a minute hold for all calls together
            ),
        ),
    ),
    limits=(Limit(calls=60, seconds=60),),
    balance=Balance(request=Request(method="GET", path="/v1/get-balance"), pools={"credits": "data.balance"}),
)
