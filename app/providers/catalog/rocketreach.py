"""RocketReach: work e-mail and phone by a look-up that may need polling (docs.rocketreach.co, Universal API v2)."""

from app.providers.declaration.response import look, step
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
    VendorResponse,
    on,
    usd,
)


def _part(reply: VendorResponse, name: str) -> object:
    """Return a part of the profile: the look-up answers with one, the status call with a list of it."""
    return look(reply, f"0.{name}" if isinstance(reply.body, list) else name)


def _status(reply: VendorResponse) -> object:
    return _part(reply, "status")


def _addresses(reply: VendorResponse) -> object:
    """Return the recommended work address, else the present employer's, else professional ones that were verified."""
    listed = _part(reply, "emails")
    known = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    named = [_part(reply, name) for name in ("recommended_professional_email", "current_work_email")]
    best = [next((e for e in known if e.get("email") == n), {"email": n}) for n in named if n and isinstance(n, str)]
    good = [e for e in known if e.get("type") == "professional" and e.get("smtp_valid") in ("valid", "accept-all")]
    return [e for e in best if e.get("smtp_valid") != "invalid"][:1] or good or best[:1]


def _numbers(reply: VendorResponse) -> object:
    """List the numbers, the best first: recommended, then mobile, then by grade, which is A, A- or B."""
    listed = _part(reply, "phones")

    def rank(entry: object) -> tuple[bool, bool, str]:
        return step(entry, "recommended") is not True, step(entry, "type") != "mobile", str(step(entry, "grade"))

    return sorted(listed, key=rank) if isinstance(listed, list) else listed


EMAIL = Values(
    at=(_addresses,),
    value=("email",),
    grade="smtp_valid",
    grades={"valid": "valid", "accept_all": "risky", "invalid": "invalid"},
    company_domain=lambda reply: _part(reply, "current_employer_domain"),
    billed=frozenset({"valid"}),  # a profile with a verified address is charged
)
PHONE = Values(
    at=(_numbers,),
    value=("e164", "number"),
    grade="type",
    grades={"fax": None},
    company_domain=EMAIL.company_domain,
    phone_type="type",
    phone_types={"mobile": "mobile", "landline": "landline"},
)


def _route(field: Field, name: str, place: str) -> Route:
    email = field is Field.EMAIL
    reveal, listed = ("reveal_professional_email", "emails") if email else ("reveal_phone", "phones")
    named = {"name": "{name}", "current_employer": f"{{{place}}}"}
    profile = name == "linkedin"
    table = (
        on(200, "pending", _status, among=("progress", "searching", "not queued", "queued", "waiting")),
        on(200, "miss", _status, among=("failed",)),
        on(200, "answer", lambda reply: _part(reply, listed) if _status(reply) == "complete" else None, "list"),
        on((400, 403), "out_of_credits", like=r"\bcredits\b|\b(no|insufficient|enough|lookup|phone|premium) credit\b"),
    )
    return Route(
        field=field,
        name=name,
        needs=(place,) if profile else ("first_name", "last_name", place),
        request=RequestTemplate(
            method="GET",
            path="/universal/person/lookup",
            # The last one's default is announced to change. Each field is charged, so only the wanted one is bought.
            query={**({place: f"{{{place}}}"} if profile else named), reveal: True, "return_cached_emails": False},
        ),
        verdicts=(*table, on(404, "miss")),
        values=EMAIL if email else PHONE,
        # 2 and 6 credits, whose price is not published: this only orders the waterfall until PRICE_SUCCESS says it.
        price=usd(success="0.20" if email else "0.60"),
        poll=Poll(
            ticket={"id": "id"},
            request=RequestTemplate(method="GET", path="/universal/person/check_status", query={"ids": "{id}"}),
            verdicts=(*table, on(200, "ticket_lost", "", "absent"), on(404, "ticket_lost")),
            every=3,
            counted=True,
        ),
    )


# The older look-ups (/person/lookup) are not asked: they find nothing more, and are paid from pools of credits whose
# prices are not published. A key of a plan that has only these gets a 403, which reads as a refused key, as does its
# check.

# There is no parameter for a domain; as an employer it seems to do.
WAYS = (("linkedin", "linkedin_url"), ("company", "company_name"), ("domain", "company_domain"))
SPEC = Spec(
    slug="rocketreach",
    title="RocketReach",
    tier=Tier.T3,
    base_url="https://api.rocketreach.co/api/v2",
    auth=Auth(headers={"Api-Key": "{key}"}),
    routes=tuple(_route(field, name, place) for field in Field for name, place in WAYS),
    # Of everybody; those of the plan are told by 429s with Retry-After.
    limits=(Limit(calls=10, seconds=1),),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/universal/account/"),
        pools={"credits": "credit_usage.credits_remaining"},
        verdicts=(on(200, "answer", "credit_usage", "object"),),
    ),
)
