"""Sandbox Later: made-up e-mail addresses by a job that is submitted and then polled."""

from app.providers.declaration.spec import INPUTS, Auth, Finder, Mode, Poll, Spec, Values, get, on, post, usd

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "name": "{name}", "linkedin": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "company": "{company_name}"}

SPEC = Spec(
    slug="sandbox-later",
    title="Sandbox Later",
    tier="T2",
    mode=Mode.TEST,
    base_url="",
    auth=Auth(query={"token": "{key}"}),
    email=Finder(
        ways=("domain", "company", "linkedin"),
        request=post("/later/jobs", {"contact": PERSON | COMPANY}),
        also=INPUTS,
        verdicts=(on(202, "pending", "job.id", "present"),),
        values=Values(
            at=("result",),
            value=("mail",),
            grade="check",
            grades={"valid": "valid", "risky": "risky"},
            confidence="certainty",
            scale=100,
        ),
        price=usd(success="0.03"),
        poll=Poll(
            ticket={"job": "job.id"},
            request=get("/later/jobs/{job}"),
            verdicts=(
                on(200, "pending", "job.state", among=("running",)),
                on(200, "out_of_credits", "job.why", among=("credits",)),
                on(200, "answer", "job.state", among=("done",)),
                on(404, "ticket_lost"),
            ),
            every=0.3,
            first=(0.05,),
        ),
    ),
    public_key="sandbox",
    closes_for=0,
)
