"""RocketReach: work e-mail and phone by a look-up that may need polling (docs.rocketreach.co, Universal API v2)."""

from app.providers.declaration.messages import NoValue, VendorResponse, is_yes, look, several, step
from app.providers.declaration.numbers import with_country, with_extension
from app.providers.declaration.spec import Auth, Finder, Limit, Poll, Spec, Values, get, on, usd

# There is no parameter for a domain; as an employer it seems to do.
PERSON = {"linkedin_url": "{linkedin_url}", "name": "{name}", "current_employer": "{company}"}


# The look-up answers with one profile, the status call with a list of it.
STATUS, EMPLOYER = "0.status", "0.current_employer_domain"


def _words(entry: object, *names: str) -> str:
    return " ".join(str(step(entry, name)) for name in names).casefold().replace("-", " ").replace("_", " ")


STARTED = (on(200, "malformed", STATUS, "present"), on(200, "pending", "id", "present"))  # an id alone may come


def _done(reply: VendorResponse, listed: str) -> object:
    """Return a finished list; an address may stand apart from a missing list."""
    given = look(reply, f"0.{listed}")
    found = (listed == "emails" and _addresses(reply)) or (given if given is NoValue.MISSING else several(given))
    return found if str(look(reply, STATUS)).casefold() == "complete" else None


def _addresses(reply: VendorResponse) -> object:
    """Return the recommended work address, else the present employer's, else professional ones that were verified."""
    known = [entry for entry in several(look(reply, "0.emails")) if isinstance(entry, dict)]
    named = [look(reply, f"0.{name}") for name in ("recommended_professional_email", "current_work_email")]
    graded = {str(entry.get("email")).casefold(): entry for entry in reversed(known)}
    best = [graded.get(name.casefold(), {"email": name}) for name in named if name and isinstance(name, str)]
    good = [e for e in known if _words(e, "type", "smtp_valid") in {"professional valid", "professional accept all"}]
    return [e for e in best if _words(e, "smtp_valid") != "invalid"][:1] or good or best[:1]


def _extended(entry: dict[str, object]) -> object:
    """Give a number its country, and the extension of a switchboard."""
    number = entry.get("number")
    best = entry.get("e164") or with_country(number, entry.get("country_code")) or number
    return entry | {"e164": with_extension(best, entry.get("extension"))}


def _numbers(reply: VendorResponse) -> object:
    """List the numbers, the best first: recommended, then mobile, then by grade, which is A, A- or B."""
    known = [_extended(n) if isinstance(n, dict) else n for n in several(look(reply, "0.phones"))]
    return sorted(
        known, key=lambda n: (not is_yes(step(n, "recommended")), _words(n, "type") != "mobile", _words(n, "grade"))
    )


def _finder(reveal: str, listed: str, values: Values, success: str) -> Finder:
    """Declare the finder of one field: each is charged, so one call never asks for both."""
    table = (
        on(200, "pending", STATUS, among=("progress", "searching", "not queued", "queued", "waiting")),
        on(200, "miss", STATUS, among=("failed",)),
        on(200, "answer", lambda reply: _done(reply, listed), "list"),
        on((400, 403), "out_of_credits", like=r"\bcredits\b|\b(no|insufficient|enough|lookup|phone|premium) credit\b"),
    )
    return Finder(
        ways=("linkedin", "company", "domain"),
        request=get("/universal/person/lookup", {**PERSON, reveal: True, "return_cached_emails": False}),
        verdicts=(*table, on(404, "miss"), *STARTED),
        values=values,
        # 2 and 6 credits, whose price is not published: this only orders the waterfall until PRICE_SUCCESS says it.
        price=usd(success=success),
        poll=Poll(
            ticket={"id": "id"},
            request=get("/universal/person/check_status", {"ids": "{id}"}),
            verdicts=(*table, on(200, "ticket_lost", "", "absent"), on(404, "ticket_lost")),
            every=3,
            counted=True,
        ),
    )


EMAIL = Values(
    at=(_addresses,),
    value=("email",),
    grade="smtp_valid",
    grades={"valid": "valid", "accept_all": "risky", "invalid": "invalid"},
    company_domain=EMPLOYER,
    billed=frozenset({"valid"}),  # a profile with a verified address is charged
)
PHONE = Values(
    at=(_numbers,),
    value=("e164", "number"),
    grade="type",
    grades={"fax": None},
    company_domain=EMPLOYER,
    phone_type="type",
    phone_types={"mobile": "mobile", "landline": "landline"},
)

# A key of a plan that has only the older look-ups (/person/lookup) gets a 403, which reads as a refused key.
SPEC = Spec(
    slug="rocketreach",
    title="RocketReach",
    tier="T3",
    base_url="https://api.rocketreach.co/api/v2",
    auth=Auth(headers={"Api-Key": "{key}"}),
    email=_finder("reveal_professional_email", "emails", EMAIL, "0.20"),
    phone=_finder("reveal_phone", "phones", PHONE, "0.60"),
    limits=(Limit(calls=10, seconds=1),),  # of every plan; a plan's own are in 429s with Retry-After
    balance=get("/universal/account/"),
    pools={"credits": "credit_usage.credits_remaining"},
    balance_verdicts=(on(200, "answer", "credit_usage", "object"),),
)
