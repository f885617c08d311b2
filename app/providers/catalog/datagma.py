"""Datagma: work e-mail by name or LinkedIn profile, and mobile number, one GET each (datagmaapi.readme.io)."""

from app.providers.declaration.response import NoValue, look, step
from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    VendorResponse,
    charge,
    on,
    usd,
)

CREDIT = "0.0216"  # 59 EUR for 3,000, at 1.10 USD
INVALID_KEY = on(None, "auth_error", "code", among=(16,))  # at which HTTP status is not told
VERDICTS = {
    "v8/findEmail": (
        INVALID_KEY,
        on(200, "answer", "email", "present"),
        on(200, "malformed", "email", "missing"),
        on(200, "miss", "email", "absent"),
    ),
    # Here a 403 is a person who may not be shown, and no word about the key.
    "v1/search": (INVALID_KEY, on(403, "miss"), on(200, "answer", "", "object")),
    # Phones are switched on by the vendor's support.
    "v2/full": (INVALID_KEY, on((400, 500), "auth_error", like="no access"), on(200, "answer", "", "object")),
}


def _grade(reply: VendorResponse) -> str:
    """Grade an address: what is not confirmed is the vendor's most probable guess, which it does not bill."""
    states = [look(reply, path) for path in ("status", "emailStatus", "person.basic.emailStatus")]
    catch_all = True in (look(reply, "cachAll"), look(reply, "catchAll"))
    confirmed = look(reply, "smtpCheck") is True and not catch_all
    valid = any(isinstance(state, str) and state.strip().casefold() == "valid" for state in states)
    return "valid" if valid or confirmed else "risky"


def _numbers(reply: VendorResponse) -> list[object]:
    """Collect every shape that clients have seen, each number joined with its country's code."""
    found: list[object] = []
    for place in ("person.phones", "phones", "phone.mobiles", "phoneFull.phones"):
        listed = look(reply, place)
        found += listed if isinstance(listed, list) else [None if listed is NoValue.MISSING else listed]
    return [_entry(entry) for entry in found]


def _entry(entry: object) -> object:
    """Join a number with its country's code: alone it would be read as another country's."""
    number, code = step(entry, "number"), str(step(entry, "countryCode")).lstrip("+")
    if not isinstance(entry, dict) or not isinstance(number, str) or number.startswith("+"):
        return entry
    return {**entry, "number": f"+{code}{number}" if number and code.isdecimal() else None}


ADDRESS = Values(
    at=("", "person.basic"),
    value=("email",),
    grade=_grade,
    grades={"valid": "valid", "risky": "risky"},
    billed=frozenset({"valid"}),
)
# The switchboard is in phone.workPhones, which is not read.
NUMBER = Values(at=(_numbers,), value=("displayInternational", "number", "display", "value"))


def _route(field: Field, name: str, path: str, needs: tuple[str, ...], query: dict[str, object]) -> Route:
    phone = field is Field.PHONE
    return Route(
        field=field,
        name=name,
        needs=needs,
        request=RequestTemplate(method="GET", path=f"/api/ingress/{path}", query=query),
        verdicts=VERDICTS[path],
        values=NUMBER if phone else ADDRESS,
        price=usd(success="0.648" if phone else CREDIT),  # 30 credits and 1
        charged=charge("creditBurn", CREDIT),
        repeatable=path == "v8/findEmail",  # a repeat is answered from their cache for nothing
        resends=2,  # only a find is charged
        optional=phone,
    )


def _by_name(field: Field, name: str, company: str) -> Route:
    needs, query = ("first_name", "last_name", company), {"fullName": "{name}"}
    if field is Field.EMAIL:
        return _route(field, name, "v8/findEmail", needs, {**query, "company": f"{{{company}}}"})
    return _route(field, name, "v2/full", needs, {**query, "data": f"{{{company}}}", "phoneFull": True})


LINKEDIN = ("linkedin_url",)
EXACT: dict[str, object] = {"email": "{email}", "minimumMatch": 1, "whatsappCheck": False}
SPEC = Spec(
    slug="datagma",
    title="Datagma",
    tier=Tier.T2,
    base_url="https://gateway.datagma.net",
    auth=Auth(query={"apiId": "{key}"}),
    routes=(
        _by_name(Field.EMAIL, "domain", "company_domain"),
        _by_name(Field.EMAIL, "company", "company_name"),
        _route(Field.EMAIL, "linkedin", "v2/full", LINKEDIN, {"data": "{linkedin_url}"}),
        _route(Field.PHONE, "linkedin", "v1/search", LINKEDIN, {"username": "{linkedin_url}", **EXACT}),
        _route(Field.PHONE, "email", "v1/search", ("email",), EXACT),
        _by_name(Field.PHONE, "domain", "company_domain"),
        _by_name(Field.PHONE, "company", "company_name"),
    ),
    limits=(Limit(calls=10, seconds=1),),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/api/ingress/v1/mine"), pools={"credits": "currentCredit"}
    ),
)
