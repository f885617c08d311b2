"""VoilaNorbert: work e-mail by a form, at once or by polling the contact (api.voilanorbert.com/2018-01-08)."""

from app.providers.declaration.spec import Auth, Finder, Limit, Poll, Spec, Values, get, on, post, usd, wait

DONE = (
    on(200, "pending", "searching", "true"),  # whatever the address says meanwhile
    on(200, "malformed", "email", "missing"),
    on(200, "answer", "searching", "false"),
)

SPEC = Spec(
    slug="voilanorbert",
    title="VoilaNorbert",
    tier="T2",
    base_url="https://api.voilanorbert.com/2018-01-08",
    auth=Auth(basic=("leadrun", "{key}")),  # any user name will do
    email=Finder(
        ways=("domain", "company"),
        request=post(
            "/search/name", form={"name": "{name}", "domain": "{company_domain}", "company": "{company_name}"}
        ),
        verdicts=(*DONE, on(202, "pending"), on(202, "pending", test="nothing")),
        values=Values(
            at=("email",),
            value=("email",),
            grade="score",
            # 100 was accepted by the mail server, 80 it would not confirm, 5 is unchecked; the shades between are ours.
            grades={"100": "valid", "9[5-9]": "valid", "[5-9][0-9]": "risky"},
            confidence="score",
        ),
        price=usd(success="0.03"),  # about; a third party's figure. Any score is charged, a miss is free
        poll=Poll(
            ticket={"id": "id"},
            request=get("/contacts/{id}"),
            verdicts=(*DONE, on(404, "ticket_lost")),
            every=2,
            counted=True,
            grace=3,  # a fresh contact may not be known for a moment
        ),
        repeatable=True,  # free while the contact is in the account, and every search puts it there
    ),
    limits=(Limit(calls=120, seconds=60),),
    # On every answer, so it only counts where nothing remains.
    waits=(wait("X-RateLimit-Reset", "epoch", when="X-RateLimit-Remaining"),),
    balance=get("/account/"),
    pools={"credits": "credits.remains"},
    balance_verdicts=(on(200, "answer", "credits", "object"),),
)
