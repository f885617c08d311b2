"""Apollo: work e-mail in the first answer, phone posted to a URL of ours (docs.apollo.io, people enrichment)."""

from app.providers.declaration.messages import NoValue, VendorResponse, look, only, several, step
from app.providers.declaration.retry_after import wait
from app.providers.declaration.spec import Auth, Finder, Limit, Poll, Prior, Spec, Values, charge, get, on, post, usd

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "linkedin_url": "{linkedin_url}"}
COMPANY = {"domain": "{company_domain}", "organization_name": "{company_name}"}
EVERYTHING = ("first_name", "last_name", "linkedin_url", "company_domain", "company_name")
NOBODY = (on(200, "malformed", "person", "missing"), on(200, "miss", "person", "absent"))
REFUSED = (
    on(422, "out_of_credits", like="insufficient credits"),  # other 422 are bad input
    on(401, "auth_error", test="text", like="^Invalid access credentials"),  # documented as a plain text
)


def _numbers(reply: VendorResponse) -> object:
    """List the person's numbers in Apollo's own order."""
    listed = several(look(reply, "people.0.phone_numbers"))
    return sorted(listed, key=lambda n: str(step(n, "position")).zfill(3))


def _credits(reply: VendorResponse) -> object:
    """Count the credits: of a result, or of the profile alone, which costs one with an address or without."""
    person = look(reply, "person")
    return look(reply, "credits_consumed") if person is NoValue.MISSING else int(isinstance(only(person), dict))


SPEC = Spec(
    slug="apollo",
    title="Apollo",
    tier="T3",
    base_url="https://api.apollo.io/api/v1",
    auth=Auth(headers={"x-api-key": "{key}"}),
    email=Finder(
        ways=("domain", "linkedin", "company"),
        request=post("/people/match", query=PERSON | COMPANY),
        also=EVERYTHING,
        verdicts=(
            *NOBODY,
            on(200, "miss", "person.email", like="^email_not_unlocked@"),  # stands for a locked address
            on(200, "malformed", "person.email", "missing"),
            on(200, "answer", "person", "object"),
            *REFUSED,
        ),
        values=Values(
            at=("person",),  # person.contact is the customer's own copy, not a finding
            value=("email",),
            grade="email_status",
            grades={"verified": "valid", "likely_to_engage": "valid", "unavailable": None}
            | {"extrapolated": "risky", "guessed": "risky", "bounced": "invalid"},
            confidence="extrapolated_email_confidence",
            scale=100,
            company_domain="person.organization.primary_domain",
        ),
        # The worth of a credit by their fair-use text: one for a profile, 8 more for a mobile number.
        price=usd(success="0.025"),
        charged=charge(_credits, "0.025"),
    ),
    phone=Finder(
        ways=("domain", "linkedin", "company"),
        request=post(
            "/people/match", query=PERSON | COMPANY | {"reveal_phone_number": True, "webhook_url": "{callback_url}"}
        ),
        also=EVERYTHING,
        verdicts=(*NOBODY, on(200, "pending", "person", "object"), *REFUSED),
        values=Values(
            at=(_numbers,),
            value=("sanitized_number", "raw_number"),
            prefer=("type_cd", ("mobile",)),
            grade="status_cd",
            grades={"*invalid*": None},  # no other status makes one number better than another
            phone_type="type_cd",
            phone_types={"mobile": "mobile"},
        ),
        price=usd(call="0.025", success="0.2"),
        prior=Prior(seconds=120, seconds_source="up to several minutes (docs.apollo.io)"),
        charged=charge(_credits, "0.025"),
        poll=Poll(
            ticket={"request_id": "request_id"},
            request=get("/webhook_result/{request_id}"),
            verdicts=(
                on(200, "pending", "webhook_status", "present"),  # of a poll before there is a result
                on(200, "miss", "missing_records", among=(1,)),
                on(200, "malformed", "people", "missing"),
                on(200, "miss", "people", "absent"),
                on(200, "malformed", "people.0.phone_numbers", "missing"),
                on(200, "miss", "people.0.phone_numbers", "absent"),
                on(200, "answer", _numbers, "list"),
                on(404, "pending", "error_code", among=("result_pending",)),
                on(403, "pending"),  # a key that may ask and not poll; the result is posted even so
                on(400, "ticket_lost", "error_code", among=("invalid_request_id",)),
                on((404, 410), "ticket_lost"),
                REFUSED[1],
            ),
            every=10,  # as in their example
            waits=(wait(path="retry_after_seconds"),),
            counted=True,
            inside="webhook_result",
            callback=7200,
        ),
    ),
    limits=(Limit(calls=1000, seconds=60),),
    balance=post("/usage_stats/credit_usage_stats"),
    pools={
        "email": "credit_usage_stats.lead_credit.left_over",
        "phone": "credit_usage_stats.direct_dial_credit.left_over",
    },
)
