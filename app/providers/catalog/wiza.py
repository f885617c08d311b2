"""Wiza: work e-mail and phone by an individual reveal, started and then polled (docs.wiza.co)."""

from app.providers.declaration.messages import VendorResponse, look, only, several
from app.providers.declaration.spec import Auth, Finder, Limit, Poll, Prior, Spec, Values, charge, get, on, post, usd

PERSON = {"profile_url": "{linkedin_url}", "full_name": "{name}"}
COMPANY = {"domain": "{company_domain}", "company": "{company_name}"}


def _numbers(reply: VendorResponse) -> object:
    """List the numbers, the best first: the mobile, listed mobiles, the direct or office one, the rest."""
    listed = several(look(reply, "data.phones"))
    entries = [entry if isinstance(entry, dict) else {"number": entry} for entry in listed]
    for place, entry in enumerate(entries):
        # The digits begin with the country's code, often without a plus.
        if (digits := str(entry.get("number"))).isdecimal():
            entries[place] = entry | {"number": f"+{digits}"}
    mobile = {"number": look(reply, "data.mobile_phone"), "type": "mobile"}
    mobiles = [entry for entry in entries if str(entry.get("type")).casefold() == "mobile"]
    others = [entry for entry in entries if entry not in mobiles]
    return [mobile, *mobiles, {"number": look(reply, "data.phone_number")}, *others]


def _addresses(reply: VendorResponse) -> object:
    """List the addresses; only work ones are asked for, so an address without a type is one."""
    entries, record = several(look(reply, "data.emails")), only(look(reply, "data"))
    return [
        entry if not isinstance(entry, dict) or entry.get("email_type") else entry | {"email_type": "work"}
        for entry in [*entries, record]  # the list is recommended; the record itself repeats the best of it
    ]


def _finder(level: dict[str, object], shown: tuple[str, ...], values: Values, success: str) -> Finder:
    """Declare the finder of one field; the level `full` is billed for both, wanted or not, so it is never asked for."""
    table = (
        on(200, "out_of_credits", "data.fail_error", among=("billing_issue",)),  # perhaps in the first answer already
        on(200, "pending", "data.is_complete", "false"),
        on(200, "pending", "data.status", among=("queued", "resolving")),
        on(200, "miss", "data.status", among=("failed",)),  # no other failure is explained, and none is charged
        on(200, "answer", shown[0], "list"),
        on(200, "answer", shown[0], "object"),
        *(on(200, "answer", path, "present") for path in shown[1:]),
    )
    return Finder(
        ways=("linkedin", "domain", "company"),
        request=post("/api/individual_reveals", {"individual_reveal": PERSON | COMPANY, **level}),
        also={"domain": ("company_name",), "company": ("company_domain",)},
        # The start may say no more than the id.
        verdicts=(*table, on(200, "pending", "data.id", "present")),
        values=values,
        price=usd(success=success),
        charged=charge("data.credits.api_credits.total", "0.025"),  # of the smallest purchase
        poll=Poll(
            ticket={"id": "data.id"},
            request=get("/api/individual_reveals/{id}"),
            verdicts=(
                *table,
                on(200, "malformed", shown[-1], "missing"),
                on(200, "miss", "data.is_complete", "true"),
                on(404, "ticket_lost"),
            ),
            every=4,  # up to 380 s are documented
            first=(2,),
            counted=True,
        ),
    )


EMAIL = Values(
    at=(_addresses,),
    value=("email",),
    only=("email_type", ("work",)),
    grade="email_status",
    grades={"valid": "valid", "risky": "risky", "catch_all": "risky", "invalid": "invalid", "unfound": None},
    billed=frozenset({"valid"}),
)
PHONE = Values(
    at=(_numbers,),
    value=("number", "pretty_number", "number_pretty"),
    phone_type="type",
    phone_types={"mobile": "mobile"},
)
WORK = {"accept_work": True, "accept_personal": False}

SPEC = Spec(
    slug="wiza",
    title="Wiza",
    tier="T2",
    base_url="https://wiza.co",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    email=_finder(
        {"enrichment_level": "partial", "email_options": WORK},
        ("data.emails", "data.email_status", "data.email"),
        EMAIL,
        "0.050",
    ).but(prior=Prior(seconds=25, seconds_source="an average of 25 s (docs.wiza.co)")),
    phone=_finder(
        {"enrichment_level": "phone"},
        ("data.phones", "data.phone_status", "data.phone_number", "data.mobile_phone"),
        PHONE,
        "0.125",
    ),
    limits=(Limit(calls=15, seconds=1),),
    balance=get("/api/meta/credits"),
    pools={pool: f"credits.{pool}_credits" for pool in ("api", "email", "phone", "export")},
    balance_verdicts=(on(200, "answer", "credits", "object"),),
)
