"""VoilaNorbert: work e-mail by a form, at once or by looking at the contact again (api.voilanorbert.com/2018-01-08)."""

from app.providers.declaration.retry_after import RetryAfterHint, TimeUnit
from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    Poll,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    on,
    usd,
)

DONE = (
    on(200, "pending", "searching", "true"),  # whatever the address says meanwhile
    on(200, "malformed", "email", "missing"),
    on(200, "answer", "searching", "false"),
)
LOOK = RequestTemplate(method="GET", path="/contacts/{id}")
VALUES = Values(
    at=("email",),
    value=("email",),
    grade="score",
    # 100 was accepted by the mail server, 80 it would not confirm, 5 nobody checked; the shades between are ours.
    grades={"100": "valid", "9[5-9]": "valid", "[5-9][0-9]": "risky"},
    confidence="score",
)


def _route(name: str, query: str, needs: str) -> Route:
    return Route(
        field=Field.EMAIL,
        name=name,
        needs=("first_name", "last_name", needs),
        request=RequestTemplate(method="POST", path="/search/name", form={"name": "{name}", query: f"{{{needs}}}"}),
        verdicts=(*DONE, on(202, "pending")),
        values=VALUES,
        price=usd(success="0.03"),  # about; a third party's figure. Any score is charged, a miss is free
        # A fresh contact may not be known for a moment.
        poll=Poll(
            ticket={"id": "id"}, request=LOOK, verdicts=(*DONE, on(404, "ticket_lost")), every=2, counted=True, young=3
        ),
        repeatable=True,  # free while the contact is in the account, and every search puts it there
    )


SPEC = Spec(
    slug="voilanorbert",
    title="VoilaNorbert",
    tier=Tier.T2,
    base_url="https://api.voilanorbert.com/2018-01-08",
    auth=Auth(basic=("leadrun", "{key}")),  # any user name will do
    routes=(_route("domain", "domain", "company_domain"), _route("company", "company", "company_name")),
    limits=(Limit(calls=120, seconds=60),),
    # On every answer, so it only counts where nothing remains.
    waits=(RetryAfterHint(header="X-RateLimit-Reset", unit=TimeUnit.EPOCH, when="X-RateLimit-Remaining"),),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/account/"),
        pools={"credits": "credits.remains"},
        verdicts=(on(200, "answer", "credits", "object"),),
    ),
)
