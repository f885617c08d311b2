"""Kaspr: work e-mail and phone of a LinkedIn profile (docs.developers.kaspr.io, API v2.0)."""

from app.providers.declaration.spec import (
    Auth,
    BalanceRequest,
    Field,
    Limit,
    Price,
    RequestTemplate,
    Route,
    Spec,
    Tier,
    Values,
    on,
    usd,
)

VERDICTS = (
    on(200, "miss", "", "nothing"),
    on(200, "answer", "profile", "object"),
    on(200, "out_of_credits", "message", like="credit"),
    on(200, "miss", "profile", "absent"),
    on(404, "miss"),
)


def _route(field: Field, wanted: str, places: tuple[str, ...], inside: tuple[str, ...], price: Price) -> Route:
    return Route(
        field=field,
        name="linkedin",
        needs=("linkedin_slug", "name"),
        request=RequestTemplate(
            method="POST",
            path="/profile/linkedin",
            json={"id": "{linkedin_slug}", "name": "{name}", "dataToGet": [wanted], "requiredData": [wanted]},
        ),
        verdicts=VERDICTS,
        # The starred value may be masked; our own check refuses it, and the next candidate is taken.
        values=Values(at=places, value=("", *inside)),
        price=price,
        resends=1,  # a 500 is often our fault, so once at most
    )


SPEC = Spec(
    slug="kaspr",
    title="Kaspr",
    tier=Tier.T2,
    base_url="https://api.developers.kaspr.io",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    headers={"accept-version": "v2.0"},
    routes=(
        # Each kind is billed from its own pool, so one call never asks for both. No price of a credit is published:
        # these figures only order the waterfall until LEADRUN_PROVIDER_KASPR_PRICE_SUCCESS says what yours costs.
        _route(
            Field.EMAIL,
            "workEmail",
            (
                "profile.starryProfessionalEmail",
                "profile.professionalEmails",
                "profile.workEmail",
                "profile.workEmails",
            ),
            ("email", "workEmail"),
            usd(success="0.10"),
        ),
        _route(
            Field.PHONE, "phone", ("profile.starryPhone", "profile.phones"), ("number", "phone"), usd(success="0.50")
        ),
    ),
    limits=(Limit(calls=60, seconds=60), Limit(calls=500, seconds=3600), Limit(calls=500, seconds=86400)),
    balance=BalanceRequest(
        request=RequestTemplate(method="GET", path="/keys/remainingCredits"),
        pools={"email": "workEmailCredits", "phone": "phoneCredits", "export": "exportCredits"},
    ),
)
