"""People Data Labs: work e-mail and mobile phone from one person record (docs.peopledatalabs.com, API v5)."""

from app.providers.declaration.messages import RequestTemplate, VendorResponse, header, look
from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, charge, get, on, usd, wait

PERSON = {"first_name": "{first_name}", "last_name": "{last_name}", "profile": "{linkedin_url}", "company": "{company}"}
CREDIT = "0.28"  # Pro: about 98 USD for 350 matches; one credit a match, whatever is in it


def _likelihood(reply: VendorResponse) -> object:
    return look(reply, "likelihood")


def _request(required: str, included: str) -> RequestTemplate:
    """Ask for one record; without the field that is required the answer is a 404, and free."""
    return get("/v5/person/enrich", PERSON | {"required": required, "data_include": included})


def _finder(member: str) -> Finder:
    return Finder(
        ways=("linkedin", "domain", "company"),
        request=_request(member, member),
        both=_request("work_email OR mobile_phone", "work_email,mobile_phone"),
        verdicts=(on(404, "miss", "error.type", like="not.?found"), on(200, "answer", "data", "object")),
        values=Values(
            at=(f"data.{member}",),
            flags=True,  # plans without contact data get true or false in place of the value
            confidence=_likelihood,
            scale=10,
            line="mobile",
        ),
        price=usd(success=CREDIT),
        both_price=usd(success=CREDIT),
        charged=charge(header("x-call-credits-spent"), CREDIT),
        resends=2,
    )


SPEC = Spec(
    slug="peopledatalabs",
    title="People Data Labs",
    tier="T2",
    base_url="https://api.peopledatalabs.com",
    auth=Auth(headers={"X-Api-Key": "{key}"}),
    email=_finder("work_email"),
    phone=_finder("mobile_phone"),
    limits=(Limit(calls=1000, seconds=60),),
    waits=(wait("x-ratelimit-reset", "iso"),),
    # There is no account call; this one without parameters is refused, is free, and its headers have what is left.
    balance=RequestTemplate(method="HEAD", path="/v5/person/enrich"),
    pools={"credits": header("x-totallimit-remaining")},
    # An answer to HEAD has no body (RFC 9110, 9.3.2).
    balance_verdicts=(
        on((200, 400), "answer", test="nothing"),
        on((401, 403), "auth_error", test="nothing"),
        on(402, "out_of_credits", test="nothing"),
    ),
)
