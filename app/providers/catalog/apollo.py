"""Apollo: work e-mail, one POST with everything in the query (docs.apollo.io, people enrichment)."""

from app.providers.spec import Auth, Balance, Field, Limit, Request, Route, Spec, Tier, Values, charge, look, on, usd

VERDICTS = (
    on(200, "malformed", "person", "missing"),
    on(200, "miss", "person", "absent"),
    on(200, "miss", "person.email", like="^email_not_unlocked@"),  # stands for a locked address
    on(200, "malformed", "person.email", "missing"),
    on(200, "answer", "person", "object"),
    on(422, "out_of_credits", like="insufficient credits"),  # other 422 are bad input
)
VALUES = Values(
    at=("person",),  # person.contact is the customer's own copy, not a finding
    value=("email",),
    grade="email_status",
    grades={
        "verified": "valid",
        "likely_to_engage": "valid",
        "extrapolated": "risky",
        "guessed": "risky",
        "bounced": "invalid",
        "unavailable": None,
    },
    confidence="extrapolated_email_confidence",
    scale=100,
    company_domain="person.organization.primary_domain",
)
PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "linkedin_url": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "organization_name": "{company_name}"}
LEFT = "credit_usage_stats.{}_credit.left_over"


def _route(name: str, *needs: str) -> Route:
    return Route(
        field=Field.EMAIL,
        name=name,
        needs=needs,
        request=Request(method="POST", path="/people/match", query={**PERSON, **COMPANY}),
        verdicts=VERDICTS,
        values=VALUES,
        price=usd(success="0.025"),  # what their fair-use text says a credit is worth
        # Profile data costs a credit with an address or without.
        charged=charge(lambda reply: int(isinstance(look(reply, "person"), dict)), "0.025"),
    )


SPEC = Spec(
    slug="apollo",
    title="Apollo",
    tier=Tier.T3,
    base_url="https://api.apollo.io/api/v1",
    auth=Auth(headers={"x-api-key": "{key}"}),
    routes=(
        _route("domain", "first_name", "last_name", "company_domain"),
        _route("linkedin", "linkedin_url"),
        _route("company", "first_name", "last_name", "company_name"),
    ),
    limits=(Limit(calls=1000, seconds=60),),
    balance=Balance(
        request=Request(method="POST", path="/usage_stats/credit_usage_stats"),
        pools={"email": LEFT.format("lead"), "phone": LEFT.format("direct_dial")},
    ),
)
