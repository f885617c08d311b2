"""Make the specification exact for the fuzzer: its sentences become patterns, so that every value drawn is right.

Clients read the sentences; the service checks more than a pattern can say.
"""

from collections.abc import Iterator
from typing import Any

from tests.contract.fuzz import patterns

REQUESTS = (
    "RunRequest",
    "LookupRequest",
    "ContactRequest",
    "JobRequest",
    "BatchContact",
    "BatchRequest",
    "EndpointRequest",
    "EndpointChange",
    "RecoverRequest",
    "PostedResult",
    "KeyRequest",
    "KeyChange",
    "CapRequest",
    "FeedbackRequest",
    "FeedbackListRequest",
    "FeedbackItem",
    "VerifyRequest",
    "WaterfallRequest",
)
# Those that exist everywhere.
WATERFALLS = "^(tiers|cheapest|fastest)$"
_CONTACT = ("firstName", "lastName", "fullName", "companyDomain", "companyName", "linkedInUrl")
_ROW = ("first_name", "last_name", "full_name", "domain", "company_name", "linkedin_url")
_NAMES = dict.fromkeys((*_CONTACT, *_ROW, "description"), patterns.NO_NUL)
# By the name of the member.
_MEMBERS = _NAMES | {
    "companyDomain": patterns.DOMAIN_OR_BLANK,
    "domain": patterns.DOMAIN_OR_BLANK,
    "linkedInUrl": patterns.LINKEDIN_OR_BLANK,
    "linkedin_url": patterns.LINKEDIN_OR_BLANK,
    "webhookUrl": patterns.RECEIVER_OR_EMPTY,
    "webhook_url": patterns.RECEIVER_OR_EMPTY,
    "url": patterns.RECEIVER,
    "since": patterns.TIME,
    "expiresAt": patterns.FUTURE,
    "name": patterns.NO_NUL,
    "waterfall": WATERFALLS,
}
_REQUIRED = {"first_name": patterns.NOT_BLANK, "last_name": patterns.NOT_BLANK, "domain": patterns.DOMAIN}
_OF_SCHEMAS = {
    "ContactRequest": _REQUIRED,
    "LookupRequest": _REQUIRED,
    "VerifyRequest": {"email": patterns.ADDRESS},
}
_PARAMETERS = {
    "createdAfter": patterns.TIME,
    "createdBefore": patterns.TIME,
    "since": patterns.TIME,
    "until": patterns.TIME,
    "cursor": patterns.CURSOR,
    "Idempotency-Key": patterns.IDEMPOTENCY_KEY,
    "webhook_url": patterns.RECEIVER_OR_EMPTY,
    "waterfall": WATERFALLS,
}
# Headers that deliveries set themselves, and those that belong to one connection.
_OUR_HEADERS = (
    *("accept-encoding", "connection", "expect", "host", "http2-settings", "keep-alive", "te", "trailer"),
    *("transfer-encoding", "upgrade", "user-agent", "x-leadmodule-event"),
)
_OUR_FAMILIES = ("content-", "proxy-", "webhook-")
_OURS = "|".join((*(f"{patterns.any_case(name)}.*" for name in _OUR_FAMILIES), *map(patterns.any_case, _OUR_HEADERS)))
_HEADER_NAME = rf"^(?!(?:{_OURS})$)[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
_HEADER_VALUE = r"^[!-~]([ -~\t]*[!-~])?$"

_TEXT = {"pattern": patterns.NO_NUL}
_ANY = {"$ref": "#/components/schemas/JsonValue"}
_FURTHER = {"propertyNames": _TEXT, "additionalProperties": _ANY}
# PostgreSQL cannot hold the character NUL, wherever it stands.
_JSON_VALUE = {
    "if": {"type": "object"},
    "then": _FURTHER,
    "else": {**_TEXT, "items": _ANY},
}


def _all_blank(names: tuple[str, ...]) -> dict[str, Any]:
    """Describe objects that have none of these members with anything in it."""
    return {"properties": {name: {"type": ["string", "null"], "pattern": patterns.BLANK_OR_EMPTY} for name in names}}


# Of two bodies exactly one is meant: the presence of `contacts` makes a request one of the other dialect.
_REFUSED: dict[str, dict[str, Any]] = {
    "RunRequest": {"anyOf": [{"required": ["contacts"], "properties": {"contacts": {}}}, _all_blank(_CONTACT)]},
    "BatchContact": _all_blank(_ROW),
    # Caps in credits are those of an account, at all providers.
    "CapRequest": {
        "required": ["provider", "unit"],
        "properties": {"provider": {"type": "string", "minLength": 1}, "unit": {"const": "credits"}},
    },
    "EndpointChange": {
        "required": ["replay"],
        "properties": {"replay": {"const": True}, "enabled": {"enum": [False, None]}},
    },
}


def refine(document: dict[str, Any]) -> None:
    """Add to a specification what makes its requests exact, in place."""
    schemas = document["components"]["schemas"]
    # Which columns it may name depends on the rows.
    del schemas["BatchRequest"]["properties"]["mapping"]
    _refine_text(schemas["BatchForm"]["properties"]["waterfall"], WATERFALLS)
    for name in ("WaterfallRequest", "Rules"):
        # How these stand to the worth of a valid address, and to the list of providers, no schema knows.
        del schemas[name]["properties"]["riskyWorthUsd"]
        del schemas[name]["properties"]["strategy"]
    for name in REQUESTS:
        _refine_body(name, schemas[name])
    schemas["JsonValue"] = _JSON_VALUE
    for methods in document["paths"].values():
        for operation in methods.values():
            if "parameters" in operation:
                operation["parameters"] = [one for one in operation["parameters"] if one["name"] != "mapping"]
            for parameter in operation.get("parameters", ()):
                if pattern := _PARAMETERS.get(parameter["name"]):
                    _refine_text(parameter["schema"], pattern)


def _refine_body(name: str, schema: dict[str, Any]) -> None:
    members = _MEMBERS | _OF_SCHEMAS.get(name, {})
    for member, described in schema["properties"].items():
        for found in _of_type(described, "array"):
            if member == "networks":
                _refine_text(found["items"], patterns.NETWORK)
        if member in members:
            _refine_text(described, members[member])
        for found in _of_type(described, "object"):
            if member == "metadata":
                found.update(_FURTHER)
            if member == "headers":
                found["propertyNames"]["pattern"] = _HEADER_NAME
                found["additionalProperties"]["pattern"] = _HEADER_VALUE
    schema.update(_FURTHER)
    if name in _REFUSED:
        schema["not"] = _REFUSED[name]


def _refine_text(described: dict[str, Any], pattern: str) -> None:
    for text in _of_type(described, "string"):
        text["pattern"] = pattern
        if text.get("format") in {"uri", "email"}:
            # The fuzzer knows no such texts by itself.
            del text["format"]


def _of_type(described: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for one in described.get("anyOf", [described]):
        if one.get("type") == kind:
            yield one
