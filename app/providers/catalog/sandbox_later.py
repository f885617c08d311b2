"""Sandbox Later: made-up e-mail addresses by a job that is submitted and then polled."""

from app.providers.declaration.spec import Auth, Field, Mode, Poll, RequestTemplate, Route, Spec, Tier, Values, on, usd

SPEC = Spec(
    slug="sandbox-later",
    title="Sandbox Later",
    tier=Tier.T2,
    mode=Mode.TEST,
    base_url="",
    auth=Auth(query={"token": "{key}"}),
    routes=(
        Route(
            field=Field.EMAIL,
            name="person",
            needs=(),
            request=RequestTemplate(
                method="POST",
                path="/later/jobs",
                json={
                    "contact": {
                        "first_name": "{first_name}",
                        "last_name": "{last_name}",
                        "name": "{name}",
                        "domain": "{company_domain}",
                        "company": "{company_name}",
                        "linkedin": "{linkedin_url}",
                    }
                },
            ),
            verdicts=(on(202, "pending", "job.id", "present"),),
            poll=Poll(
                ticket={"job": "job.id"},
                request=RequestTemplate(method="GET", path="/later/jobs/{job}"),
                verdicts=(
                    on(200, "pending", "job.state", among=("running",)),
                    on(200, "out_of_credits", "job.why", among=("credits",)),
                    on(200, "answer", "job.state", among=("done",)),
                    on(404, "ticket_lost"),
                ),
                every=0.3,
                first=(0.05,),
            ),
            values=Values(
                at=("result",),
                value=("mail",),
                grade="check",
                grades={"valid": "valid", "risky": "risky"},
                confidence="certainty",
                scale=100,
            ),
            price=usd(success="0.03"),
        ),
    ),
    public_key="sandbox",
    closes_for=0,
)
