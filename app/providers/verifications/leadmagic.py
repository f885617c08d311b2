"""LeadMagic's verification: one POST (leadmagic.io/docs, email-validation)."""

from app.providers.declaration.grades import joined
from app.providers.declaration.spec import Finder, Limit, Values, charge, on, post, usd

VERIFY = Finder(
    ways=("verify",),
    request=post("/v1/people/email-validation", {"email": "{email}"}),
    verdicts=(on(200, "answer", "", "object"),),
    values=Values(
        at=("",),
        grade=joined("email_status", "is_domain_catch_all"),
        grades={
            "valid_catch_all|*": "risky",  # earlier editions have five words
            "catch_all|*": "risky",
            "valid|*": "valid",  # the status weighs that the domain takes any address
            "unknown|true": "risky",
            "invalid|*": "invalid",
        },
        settled=("valid|true",),
        billed=frozenset({"valid", "invalid"}),
    ),
    # A verification is a quarter of a credit, 0.0061 USD at 49 USD for 2,000; unknown is free.
    price=usd(success="0.006125"),
    charged=charge("credits_consumed", "0.0245"),
    limits=(Limit(calls=300, seconds=60),),
)
