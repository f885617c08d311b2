"""Snov.io's verification: a task that is started and polled (snov.io/api, email verifier)."""

from app.providers.declaration.messages import VendorResponse, is_yes, look, several, step
from app.providers.declaration.spec import Finder, Poll, Values, get, on, post, usd

OK = (200, 201, 202)


def _rows(reply: VendorResponse) -> object:
    """Put into each row's grade its status, the reason why it is unknown, and whether the domain is a throw-away."""
    return [row | {"grade": _grade(row)} for row in several(look(reply, "data")) if isinstance(row, dict)]


def _grade(row: dict[str, object]) -> str:
    words = [step(row, f"result.{name}") for name in ("smtp_status", "unknown_status_reason")]
    thrown = is_yes(step(row, "result.is_disposable"))
    return " ".join([*(word for word in words if isinstance(word, str)), *(["disposable"] if thrown else [])])


VERIFY = Finder(
    ways=("verify",),
    request=post("/v2/email-verification/start", query={"emails[]": "{email}"}),
    verdicts=(
        on(OK, "out_of_credits", "status", among=("not_enough_credits",)),
        on(OK, "bad_request", "success", "false"),
        on(OK, "pending", "data.task_hash", "present"),
    ),
    values=Values(
        at=(_rows,),
        value=("email",),
        grade="grade",
        grades={
            "valid_disposable": "risky",
            "valid": "valid",
            "unknown_catchall*": "risky",
            "not_valid*": "invalid",
        },
    ),
    # A verification is a credit, 0.039 USD on Starter, whatever it says: the most expensive of all.
    price=usd(call="0.039"),
    poll=Poll(
        ticket={"task_hash": "data.task_hash"},
        request=get("/v2/email-verification/result", {"task_hash": "{task_hash}"}),
        verdicts=(
            on(OK, "bad_request", "success", "false"),
            on(OK, "out_of_credits", "status", among=("not_enough_credits",)),
            on(OK, "pending", "status", among=("in_progress",)),
            on(OK, "answer", "status", among=("completed",)),
            on(404, "ticket_lost"),
        ),
        first=(3,),
        every=5,
        counted=True,  # 60 a minute hold for all calls together
    ),
)
