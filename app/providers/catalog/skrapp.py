"""Skrapp: work e-mail, one GET (skrapp.io/api, finder v2)."""

from app.providers.declaration.response import NoValue, VendorResponse, look
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
    on,
    usd,
)

ERRORS = (
    # What a plan does not include is told in the body of a 200.
    on(200, "out_of_credits", "status_code", like=r"^[4-9]\d\d$"),
    on(200, "out_of_credits", "message", like="paid account"),
    on(200, "malformed", "error", "present"),
)


def _grade(reply: VendorResponse) -> str:
    """Take the worse of two grades: a valid one means little where the other says catch-all."""
    found = [look(reply, path) for path in ("quality.status", "emailStatus", "quality.result")]
    words = [word.strip().casefold().replace("_", "-") for word in found if isinstance(word, str)]
    if "invalid" in words:
        return "invalid"
    if "catch-all" in words:
        return "catch-all"
    return "valid" if "valid" in words and set(words) <= {"valid", "deliverable"} else "unknown"


def _left(reply: VendorResponse) -> object:
    """Subtract what is used, at either of the places where accounts have it, numbers or texts."""
    for place in ("credit.email", "credit"):
        quota, used = look(reply, f"{place}.quota"), look(reply, f"{place}.used")
        if isinstance(quota, str | int | float) and isinstance(used, str | int | float):
            try:
                return float(quota) - float(used)
            except ValueError:
                continue
    return NoValue.MISSING


def _route(name: str, company: dict[str, object]) -> Route:
    return Route(
        field=Field.EMAIL,
        name=name,
        needs=("first_name", "last_name", f"company_{'domain' if name == 'domain' else 'name'}"),
        request=RequestTemplate(
            method="GET",
            path="/api/v2/find",
            query={"firstName": "{first_name}", "lastName": "{last_name}", **company},
        ),
        verdicts=(on(404, "miss"), *ERRORS, on(200, "answer", "", "object")),
        values=Values(
            at=("email",),
            grade=_grade,
            grades={"valid": "valid", "catch_all": "risky", "invalid": "invalid"},
            confidence=lambda reply: look(reply, "accuracy"),
        ),
        price=usd(success="0.05"),  # a credit of a small plan; a miss is free
        resends=2,
    )


SPEC = Spec(
    slug="skrapp",
    title="Skrapp",
    tier=Tier.T2,
    base_url="https://api.skrapp.io",
    auth=Auth(headers={"X-Access-Key": "{key}"}),
    headers={"content-type": "application/json"},
    routes=(_route("domain", {"domain": "{company_domain}"}), _route("company", {"company": "{company_name}"})),
    limits=(Limit(calls=5, seconds=1),),  # none is published; this is our own modesty
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/api/v2/account"),
        pools={"credits": _left},
        verdicts=(*ERRORS, on(200, "answer", "credit", "object")),
    ),
)
