"""MillionVerifier: verdicts on e-mail addresses, one GET (developer.millionverifier.com, single API v3)."""

from app.providers.declaration.spec import Auth, Finder, Spec, Values, get, on, usd

ERRORS = (
    on(200, "out_of_credits", "error", like="credit"),
    on(200, "auth_error", "error", like=r"api[ _-]?key|\bkey\b"),
    on(200, "auth_error", "error", like=r"\bip\b.{0,40}block|block.{0,40}\bip\b"),
    on(200, "bad_request", "error", like="e-?mail"),
    on(200, "server_error", "error", like="internal"),
    on(200, "malformed", "error", "present"),
)

SPEC = Spec(
    slug="millionverifier",
    title="MillionVerifier",
    tier="T2",
    base_url="https://api.millionverifier.com",
    auth=Auth(query={"api": "{key}"}),
    verify=Finder(
        ways=("verify",),
        request=get("/api/v3/", {"email": "{email}"}),
        # An error comes with a 200 and its text, which is read first.
        verdicts=(*ERRORS, on(200, "answer", "result", "present")),
        values=Values(
            at=("",),
            grade="result",  # never `quality`, which contradicts it in the reference's own sample
            grades={"ok": "valid", "catch_all": "risky", "invalid": "invalid", "disposable": "invalid"},
            billed=frozenset({"valid", "invalid"}),
        ),
        price=usd(success="0.0037"),  # 37 USD for 10,000; catch-all and unknown are free
    ),
    at_once=20,
    balance=get("/api/v3/credits"),
    pools={"credits": "credits"},
    balance_verdicts=(*ERRORS, on(200, "answer", "", "object")),
    refused_keys=frozenset(
        {"API_KEY_FOR_OK", "API_KEY_FOR_CATCH_ALL", "API_KEY_FOR_INVALID", "API_KEY_FOR_DISPOSABLE"}
    ),
)
