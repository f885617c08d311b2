"""Apollo: work e-mail in the first answer, phone posted to a URL of ours (docs.apollo.io, people enrichment)."""

from app.providers.declaration import spec
from app.providers.declaration.response import NoValue, VendorResponse, look, step
from app.providers.declaration.spec import Field, RequestTemplate, Values, on

NOBODY = (on(200, "malformed", "person", "missing"), on(200, "miss", "person", "absent"))
ADDRESS = (
    on(200, "miss", "person.email", like="^email_not_unlocked@"),  # stands for a locked address
    on(200, "malformed", "person.email", "missing"),
    on(200, "answer", "person", "object"),
)
REFUSED = on(422, "out_of_credits", like="insufficient credits")  # other 422 are bad input
GUESSED: dict[str, spec.Grade | None] = {"extrapolated": "risky", "guessed": "risky", "bounced": "invalid"}
VALUES = Values(
    at=("person",),  # person.contact is the customer's own copy, not a finding
    value=("email",),
    grade="email_status",
    grades={"verified": "valid", "likely_to_engage": "valid", "unavailable": None} | GUESSED,
    confidence="extrapolated_email_confidence",
    scale=100,
    company_domain="person.organization.primary_domain",
)
PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "linkedin_url": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "organization_name": "{company_name}"}
LEFT = "credit_usage_stats.{}_credit.left_over"
NAMES, LINKEDIN = ("first_name", "last_name"), ("linkedin", "linkedin_url")


def _numbers(reply: VendorResponse) -> object:
    """List the person's numbers in Apollo's own order."""
    listed = look(reply, "people.0.phone_numbers")
    return sorted(listed, key=lambda n: str(step(n, "position")).zfill(3)) if isinstance(listed, list) else listed


def _credits(reply: VendorResponse) -> object:
    """Tell the credits: of a result, or of the profile alone, which costs one with an address or without."""
    person = look(reply, "person")
    return look(reply, "credits_consumed") if person is NoValue.MISSING else int(isinstance(person, dict))


CALLED_BACK = spec.Poll(
    ticket={"request_id": "request_id"},
    request=RequestTemplate(method="GET", path="/webhook_result/{request_id}"),
    verdicts=(
        on(200, "pending", "webhook_status", "present"),  # of a look before there is a result
        on(200, "miss", "missing_records", among=(1,)),
        on(200, "malformed", "people", "missing"),
        on(200, "miss", "people", "absent"),
        on(200, "malformed", "people.0.phone_numbers", "missing"),
        on(200, "miss", "people.0.phone_numbers", "absent"),
        on(200, "answer", "people.0.phone_numbers", "list"),
        on(404, "pending", "error_code", among=("result_pending",)),
        on(403, "pending"),  # a key that may ask and not look; the result is posted all the same
        on(400, "ticket_lost", "error_code", among=("invalid_request_id",)),
        on((404, 410), "ticket_lost"),
    ),
    every=10,  # as in their example; "several minutes" are documented
    waits=(spec.RetryAfterHint(path="retry_after_seconds"),),
    counted=True,
    inside="webhook_result",
    callback=7200,
)
NUMBERS = Values(
    at=(_numbers,),
    value=("sanitized_number", "raw_number"),
    prefer=("type_cd", ("mobile",)),
    grade="status_cd",
    grades={"*invalid*": None},  # no other status makes one number better than another
    phone_type="type_cd",
    phone_types={"mobile": "mobile"},
)


def _route(field: Field, name: str, *needs: str) -> spec.Route:
    phone = field is Field.PHONE
    more = {"reveal_phone_number": True, "webhook_url": "{callback_url}"} if phone else {}
    return spec.Route(
        field=field,
        name=name,
        needs=needs,
        request=RequestTemplate(method="POST", path="/people/match", query=PERSON | COMPANY | more),
        verdicts=(*NOBODY, on(200, "pending", "person", "object"), REFUSED) if phone else (*NOBODY, *ADDRESS, REFUSED),
        values=NUMBERS if phone else VALUES,
        # What their fair-use text says a credit is worth: one for a profile, 8 more for a mobile number.
        price=spec.usd(call="0.025", success="0.2") if phone else spec.usd(success="0.025"),
        charged=spec.charge(_credits, "0.025"),
        poll=CALLED_BACK if phone else None,
    )


SPEC = spec.Spec(
    slug="apollo",
    title="Apollo",
    tier=spec.Tier.T3,
    base_url="https://api.apollo.io/api/v1",
    auth=spec.Auth(headers={"x-api-key": "{key}"}),
    routes=tuple(
        _route(field, name, *needs)
        for field in Field
        for name, *needs in (("domain", *NAMES, "company_domain"), LINKEDIN, ("company", *NAMES, "company_name"))
    ),
    limits=(spec.Limit(calls=1000, seconds=60),),
    balance=spec.BalanceRequest(
        request=RequestTemplate(method="POST", path="/usage_stats/credit_usage_stats"),
        pools={"email": LEFT.format("lead"), "phone": LEFT.format("direct_dial")},
    ),
)
