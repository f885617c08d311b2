"""Kaspr: work e-mail and phone of a LinkedIn profile (docs.developers.kaspr.io, API v2.0)."""

from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, get, on, post, usd

BY_PROFILE = (("linkedin", "linkedin_slug", "name"),)
PERSON = {"id": "{linkedin_slug}", "name": "{name}"}
WORK = ("workEmail", "workEmails")
VERDICTS = (
    on(200, "miss", "", "nothing"),
    on(200, "answer", "profile", "object"),
    on(200, "out_of_credits", "message", like="credit"),
    on(200, "miss", "profile", "absent"),
    on(404, "miss"),
)

SPEC = Spec(
    slug="kaspr",
    title="Kaspr",
    tier="T2",
    base_url="https://api.developers.kaspr.io",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    headers={"accept-version": "v2.0"},
    # Each kind is billed from its own pool, so one call never asks for both. No price of a credit is published:
    # these figures only order the waterfall until LEADRUN_PROVIDER_KASPR_PRICE_SUCCESS has the price that you pay.
    email=Finder(
        ways=BY_PROFILE,
        request=post("/profile/linkedin", PERSON | {"dataToGet": ["workEmail"], "requiredData": ["workEmail"]}),
        verdicts=VERDICTS,
        values=Values(
            # The starred value may be masked; our own check refuses it, and the next candidate is taken.
            at=tuple(f"profile.{name}" for name in ("starryProfessionalEmail", "professionalEmails", *WORK)),
            value=("", "email", "workEmail"),
        ),
        price=usd(success="0.10"),
        resends=1,  # a 500 is often our fault, so once at most
    ),
    phone=Finder(
        ways=BY_PROFILE,
        request=post("/profile/linkedin", PERSON | {"dataToGet": ["phone"], "requiredData": ["phone"]}),
        verdicts=VERDICTS,
        values=Values(at=("profile.starryPhone", "profile.phones"), value=("", "number", "phone")),
        price=usd(success="0.50"),
        resends=1,
    ),
    limits=(Limit(calls=60, seconds=60), Limit(calls=500, seconds=3600), Limit(calls=500, seconds=86400)),
    balance=get("/keys/remainingCredits"),
    pools={"email": "workEmailCredits", "phone": "phoneCredits", "export": "exportCredits"},
)
