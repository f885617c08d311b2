"""Snov.io: work e-mail, a task that is started and polled, with a token exchanged for id and secret (snov.io/api)."""

from app.domain.contacts.company_domain import read_domain
from app.providers.declaration.auth import TokenExchange
from app.providers.declaration.messages import NoValue, VendorResponse, look, several, step
from app.providers.declaration.spec import Auth, Finder, FirstTask, Limit, Poll, Spec, Values, get, on, post, usd
from app.providers.verifications.snovio import VERIFY

OK, ONE = (200, 201, 202), "data.0.result"
STARTED = (
    on(OK, "out_of_credits", "status", among=("not_enough_credits",)),
    on(OK, "bad_request", "success", "false"),
    on(OK, "pending", "data.task_hash", "present"),
)


def _candidates(reply: VendorResponse) -> object:
    """Put the reason of an unknown grade into the grade, for only together do they say what is known."""
    parts = ("smtp_status", "unknown_status_reason")
    return [
        r | {"grade": " ".join(str(r.get(p) or "") for p in parts)} if isinstance(r, dict) else r
        for r in several(look(reply, ONE))
    ]


def _site(reply: VendorResponse) -> object:
    """Take the first of the present employers that names a web site of its own and not only a page at a network."""
    positions = several(look(reply, f"{ONE}.positions"))
    if not all(isinstance(position, dict) for position in positions):
        return NoValue.WRONG
    sites = (read_domain(str(step(position, "url") or "")).domain for position in positions)
    return next(filter(None, sites), None)


def _poll(path: str, ticket: str = "task_hash") -> Poll:
    return Poll(
        ticket={ticket: "data.task_hash"},
        request=get(f"{path}/result", {"task_hash": f"{{{ticket}}}"}),
        verdicts=(
            on(OK, "bad_request", "success", "false"),
            on(OK, "out_of_credits", "status", among=("not_enough_credits",)),
            on(OK, "pending", "status", among=("in_progress",)),
            on(OK, "malformed", ONE, "missing"),
            on(OK, "miss", ONE, "absent"),
            on(OK, "answer", ONE, "present"),
            on(404, "ticket_lost"),
        ),
        first=(3,),
        every=5,
        counted=True,  # 60 a minute hold for all calls together
    )


FINDER, COMPANY, PROFILE = "/v2/emails-by-domain-by-name", "/v2/company-domain-by-name", "/v2/li-profiles-by-urls"
PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "domain": "{company_domain}"}
DOMAIN_OF = FirstTask(
    request=post(f"{COMPANY}/start", form={"names[]": "{company_name}"}),
    verdicts=STARTED,
    poll=_poll(COMPANY, "company_task"),
    gives={"company_domain": f"{ONE}.domain"},
)
PERSON_OF = FirstTask(
    request=post(f"{PROFILE}/start", form={"urls[]": "{linkedin_url}"}),
    verdicts=STARTED,
    poll=_poll(PROFILE, "profile_task"),
    gives={"first_name": f"{ONE}.first_name", "last_name": f"{ONE}.last_name", "company_domain": _site},
)
FIND = Finder(
    ways=("domain",),
    request=post(f"{FINDER}/start", {"rows": [PERSON]}),
    verdicts=STARTED,
    values=Values(
        at=(_candidates,),
        value=("email",),
        grade="grade",
        grades={"valid": "valid", "unknown_catchall": "risky", "not_valid*": "invalid"},
        billed=frozenset({"valid", "risky", "unknown"}),
    ),
    price=usd(success="0.039"),  # Starter: 39 USD for 1,000; a miss is free
    poll=_poll(FINDER),
)
# A first task costs a credit too when it knows the company or the person.
FIND_AFTER = FIND.but(price=usd("0.039", "0.039"))
APPLICATION = {"client_id": "{key}", "client_secret": "{secret}"}
TOKEN = TokenExchange(
    request=post("/v1/oauth/access_token", form={"grant_type": "client_credentials", **APPLICATION}),
    at="access_token",
    lasts="expires_in",
)

SPEC = Spec(
    slug="snovio",
    title="Snov.io",
    tier="T2",
    base_url="https://api.snov.io",
    auth=Auth(headers={"Authorization": "Bearer {token}"}, token=TOKEN),
    email=(
        FIND,
        FIND_AFTER.but(ways=("company",), before=DOMAIN_OF),
        FIND_AFTER.but(ways=("linkedin",), before=PERSON_OF),
    ),
    verify=VERIFY,
    limits=(Limit(calls=60, seconds=60),),
    balance=get("/v1/get-balance"),
    pools={"credits": "data.balance"},
)
