"""Datagma: work e-mail by name or LinkedIn profile, and mobile number, one GET each (datagmaapi.readme.io)."""

from app.providers.declaration.messages import NoValue, VendorResponse, is_yes, look, several, step
from app.providers.declaration.numbers import with_country
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, charge, get, on, usd

CREDIT = "0.0216"  # 59 EUR for 3,000, at 1.10 USD
INVALID_KEY = on(None, "auth_error", "code", among=(16,))  # its HTTP status is not documented
# Phones are switched on by the vendor's support.
FULL = (INVALID_KEY, on((400, 500), "auth_error", like="no access"), on(200, "answer", "", "object"))


def _grade(reply: VendorResponse) -> str:
    """Grade an address: an unconfirmed one is the vendor's most probable guess, which it does not bill."""
    states = [look(reply, path) for path in ("status", "emailStatus", "person.basic.emailStatus")]
    catch_all = any(is_yes(look(reply, path)) for path in ("cachAll", "catchAll"))
    confirmed = is_yes(look(reply, "smtpCheck")) and not catch_all
    valid = any(isinstance(state, str) and state.casefold() == "valid" for state in states)
    return "valid" if valid or confirmed else "risky"


def _numbers(reply: VendorResponse) -> list[object]:
    """Collect every shape that clients have seen, each number joined with its country's code."""
    places = ("person.phones", "phones", "phone.mobiles", "phoneFull.phones")
    return [_entry(entry) for place in places for entry in several(look(reply, place))]


def _entry(entry: object) -> object:
    """Join a number with its country's code: alone it would be read as another country's."""
    number = step(entry, "number")
    if not isinstance(entry, dict) or isinstance(number, NoValue):
        return entry
    return {**entry, "number": with_country(number, entry.get("countryCode"))}


FIND = Finder(
    ways=("domain", "company"),
    request=get("/api/ingress/v8/findEmail", {"fullName": "{name}", "company": "{company}"}),
    verdicts=(
        INVALID_KEY,
        on(200, "answer", "email", "present"),
        on(200, "malformed", "email", "missing"),
        on(200, "miss", "email", "absent"),
    ),
    values=Values(
        at=("", "person.basic"),
        value=("email",),
        grade=_grade,
        grades={"valid": "valid", "risky": "risky"},
        billed=frozenset({"valid"}),
    ),
    price=usd(success=CREDIT),
    charged=charge("creditBurn", CREDIT),
    repeatable=True,  # a repeat is answered from their cache for nothing
    resends=2,  # only a find is charged
)
EXACT = {"email": "{email}", "minimumMatch": 1, "whatsappCheck": False}
SEARCH = Finder(
    ways=("linkedin", "email"),
    request=get("/api/ingress/v1/search", {"username": "{linkedin_url}", **EXACT}),
    also=("email",),
    # Here a 403 is a person who may not be shown, and says nothing about the key.
    verdicts=(INVALID_KEY, on(403, "miss"), on(200, "answer", "", "object")),
    # The switchboard is in phone.workPhones, which is not read.
    values=Values(at=(_numbers,), value=("displayInternational", "number", "display", "value", "")),
    price=usd(success="0.648"),  # 30 credits
    charged=charge("creditBurn", CREDIT),
    resends=2,
    optional=True,
)

SPEC = Spec(
    slug="datagma",
    title="Datagma",
    tier="T2",
    base_url="https://gateway.datagma.net",
    auth=Auth(query={"apiId": "{key}"}),
    email=(
        FIND,
        FIND.but(
            ways=("linkedin",),
            request=get("/api/ingress/v2/full", {"data": "{linkedin_url}"}),
            verdicts=FULL,
            repeatable=False,
        ),
    ),
    phone=(
        SEARCH,
        SEARCH.but(
            ways=("domain", "company"),
            request=get("/api/ingress/v2/full", {"fullName": "{name}", "data": "{company}", "phoneFull": True}),
            also=(),
            verdicts=FULL,
        ),
    ),
    limits=(Limit(calls=10, seconds=1),),
    balance=get("/api/ingress/v1/mine"),
    pools={"credits": "currentCredit"},
)
