"""Skrapp: work e-mail, one GET (skrapp.io/api, finder v2)."""

import re

from app.providers.declaration.messages import NoValue, VendorResponse, look
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, get, on, usd
from app.providers.verifications.skrapp import VERIFY

PERSON = {"firstName": "{first_name}", "lastName": "{last_name}"}
ERRORS = (
    on(200, "out_of_credits", "status_code", like=r"^[4-9]\d\d$"),  # the plan's errors come in a 200
    on(200, "out_of_credits", "message", like="paid account"),
    on(200, "malformed", "error", "present"),
)


def _grade(reply: VendorResponse) -> str:
    """Take the worse of two grades: a valid one means little where the other says catch-all."""
    found = [look(reply, path) for path in ("quality.status", "emailStatus", "quality.result")]
    words = [re.sub(r"[_ ]", "-", word.casefold()) for word in found if isinstance(word, str)]
    if "invalid" in words or "catch-all" in words:
        return "invalid" if "invalid" in words else "catch-all"
    return "valid" if "valid" in words and set(words) <= {"valid", "deliverable"} else "unknown"


def _left(reply: VendorResponse) -> object:
    """Subtract the used credits, at either of the places where accounts have them, numbers or texts."""
    for place in ("credit.email", "credit"):
        quota, used = look(reply, f"{place}.quota"), look(reply, f"{place}.used")
        if isinstance(quota, str | int | float) and isinstance(used, str | int | float):
            try:
                return float(quota) - float(used)
            except (ValueError, OverflowError):
                continue
    return NoValue.MISSING


SPEC = Spec(
    slug="skrapp",
    title="Skrapp",
    tier="T2",
    base_url="https://api.skrapp.io",
    auth=Auth(headers={"X-Access-Key": "{key}"}),
    headers={"content-type": "application/json"},
    email=Finder(
        ways=("domain", "company"),
        request=get("/api/v2/find", PERSON | {"domain": "{company_domain}", "company": "{company_name}"}),
        verdicts=(on(404, "miss"), on(404, "miss", test="nothing"), *ERRORS, on(200, "answer", "", "object")),
        values=Values(
            at=("email",),
            grade=_grade,
            grades={"valid": "valid", "catch_all": "risky", "invalid": "invalid"},
            confidence=lambda reply: look(reply, "accuracy"),
        ),
        price=usd(success="0.05"),  # a credit of a small plan; a miss is free
        resends=2,
    ),
    verify=VERIFY,
    limits=(Limit(calls=5, seconds=1),),  # none is published; this is our own modesty
    balance=get("/api/v2/account"),
    pools={"credits": _left},
    balance_verdicts=(*ERRORS, on(200, "answer", "credit", "object")),
)
