"""Wiza: work e-mail and phone by an individual reveal, started and then polled (docs.wiza.co)."""

from decimal import Decimal

from app.providers.declaration import spec
from app.providers.declaration.response import look
from app.providers.declaration.spec import Field, Route, Values, VendorResponse, on

CREDIT = Decimal("0.025")  # USD, of the smallest purchase
EMAIL = Values(
    at=("data.emails", "data"),  # the list is recommended; the record itself repeats the best of it
    value=("email",),
    only=("email_type", ("work",)),
    grade="email_status",
    grades={"valid": "valid", "risky": "risky", "catch_all": "risky", "invalid": "invalid", "unfound": None},
    billed=frozenset({"valid"}),
)


def _numbers(reply: VendorResponse) -> object:
    """List the numbers, the best first: the mobile, listed mobiles, the direct or office one, the rest."""
    listed = look(reply, "data.phones")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    for place, entry in enumerate(entries):
        # The digits begin with the country's code, often without a plus.
        if isinstance(digits := entry.get("number"), str) and digits.isdecimal():
            entries[place] = entry | {"number": f"+{digits}"}
    mobile = {"number": look(reply, "data.mobile_phone"), "type": "mobile"}
    mobiles = [entry for entry in entries if entry.get("type") == "mobile"]
    others = [entry for entry in entries if entry not in mobiles]
    return [mobile, *mobiles, {"number": look(reply, "data.phone_number")}, *others]


PHONE = Values(
    at=(_numbers,),
    value=("number", "pretty_number", "number_pretty"),
    phone_type="type",
    phone_types={"mobile": "mobile"},
)
NAMED = {"full_name": "{name}", "domain": "{company_domain}", "company": "{company_name}"}


def _route(field: Field, name: str, needs: tuple[str, ...], person: dict[str, str]) -> Route:
    """Make a route of one field; the level `full` is billed for both, wanted or not, so it is never asked for."""
    email = field is Field.EMAIL
    level = {"enrichment_level": "partial"} if email else {"enrichment_level": "phone"}
    shown = ("data.emails", "data.email_status") if email else ("data.phones", "data.phone_status")
    table = (
        on(200, "out_of_credits", "data.fail_error", among=("billing_issue",)),  # perhaps in the first answer already
        on(200, "pending", "data.is_complete", "false"),
        on(200, "pending", "data.status", among=("queued", "resolving")),
        on(200, "miss", "data.status", among=("failed",)),  # no other failure is explained, and none is charged
        on(200, "answer", shown[0], "list"),
        on(200, "answer", shown[1], "present"),
    )
    return Route(
        field=field,
        name=name,
        needs=needs,
        request=spec.RequestTemplate(
            method="POST",
            path="/api/individual_reveals",
            json={"individual_reveal": person, **level, **(WORK if email else {})},
        ),
        verdicts=table,
        values=EMAIL if email else PHONE,
        price=spec.Price(success=CREDIT * (2 if email else 5)),
        charged=spec.Charge(at="data.credits.api_credits.total", usd=CREDIT),
        poll=spec.Poll(
            ticket={"id": "data.id"},
            request=spec.RequestTemplate(method="GET", path="/api/individual_reveals/{id}"),
            verdicts=(*table, on(404, "ticket_lost")),
            every=4,  # up to 380 s are documented, 25 s on average
            first=(2,),
            counted=True,
        ),
    )


WORK = {"email_options": {"accept_work": True, "accept_personal": False}}
SPEC = spec.Spec(
    slug="wiza",
    title="Wiza",
    tier=spec.Tier.T2,
    base_url="https://wiza.co",
    auth=spec.Auth(headers={"Authorization": "Bearer {key}"}),
    routes=tuple(
        _route(field, name, needs, person)
        for field in Field
        for name, needs, person in (
            ("linkedin", ("linkedin_url",), {"profile_url": "{linkedin_url}"}),
            ("domain", ("first_name", "last_name", "company_domain"), NAMED),
            ("company", ("first_name", "last_name", "company_name"), NAMED),
        )
    ),
    limits=(spec.Limit(calls=15, seconds=1),),
    balance=spec.BalanceRequest(
        request=spec.RequestTemplate(method="GET", path="/api/meta/credits"),
        pools={pool: f"credits.{pool}_credits" for pool in ("api", "email", "phone", "export")},
        verdicts=(on(200, "answer", "credits", "object"),),
    ),
)
