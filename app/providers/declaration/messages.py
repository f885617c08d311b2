"""The messages of an exchange with a vendor: request templates, and answers with the paths into them.

No answer, however broken, raises.
"""

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum

import msgspec

from app.providers.declaration.filling import fill

MAX_BODY = 1 << 20
CLIENT_FAULT = 400
_BOM = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_NOT_NUMBERS = re.compile(r"\bNaN\b|\bInfinity\b")
# Sentences of routers, gateways and CDNs that answer in JSON themselves: Kong, AWS API Gateway, Express and NestJS,
# Fastify, Laravel, Spring, Flask, Google's ESP, Cloudflare, Vercel, Railway, Tyk, Envoy.
_GATEWAY_WORDS = re.compile(
    r"no route matched with those values|missing authentication token$|cannot (get|post|put|patch|head) /"
    r"|route (get|post|put|patch|head):/|the route /?[\w/.-]{1,200} could not be found|no static resource"
    r"|the requested url was not found on (the|this) server|method does(n't| not) exist|error 1\d\d\d\b"
    r"|an invalid response was received from the upstream|the upstream server is timing out|endpoint request timed out"
    r"|the page could not be found|application not found$|requested endpoint is forbidden|no healthy upstream"
    r"|failure to get a peer|upstream (connect|request) (error|timeout)|blocked by .{0,40}(firewall|waf)\b",
    re.IGNORECASE,
)
# Whole bodies that frameworks and gateways give of their own accord: Starlette, Rails, AWS, Azure.
_GATEWAY_BODIES: tuple[dict[str, object], ...] = (
    {"detail": "Not Found"},
    {"status": 404, "error": "Not Found"},
    {"message": "Forbidden"},
    {"statusCode": 404, "message": "Resource not found"},
)
_SPRING = {"timestamp", "status", "error", "path"}


class RequestTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A request template.

    ``{name}`` in a text stands for an input of the contact or a part of the ticket. A member is left out where one of
    its inputs is unknown, and so is an object or a list that becomes empty by it.

    Attributes:
        path: Below the provider's base URL; inputs in it are percent-encoded.
        json: Body as JSON; excludes `form`, which is sent URL-encoded.
    """

    method: str
    path: str
    query: dict[str, object] = {}
    json: object = None
    form: dict[str, object] | None = None


def get(path: str, query: Mapping[str, object] | None = None) -> RequestTemplate:
    """Declare a GET."""
    return RequestTemplate(method="GET", path=path, query=dict(query or {}))


def post(
    path: str,
    json: object = None,
    *,
    form: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
) -> RequestTemplate:
    """Declare a POST of a JSON body, a form, or a query alone."""
    return RequestTemplate(
        method="POST", path=path, json=json, form=None if form is None else dict(form), query=dict(query or {})
    )


def narrow(template: RequestTemplate, values: Mapping[str, str]) -> RequestTemplate:
    """Fill all of a template but its path, which holds parts of tickets alone."""
    query, json, form = (fill(part, values) for part in (template.query, template.json, template.form))
    narrowed: RequestTemplate = msgspec.structs.replace(template, query=query or {}, json=json, form=form)
    return narrowed


class NoValue(Enum):
    """Why there is no JSON value."""

    EMPTY = "the body is empty"
    GARBAGE = "the body is not JSON, or longer than 1 MiB"
    MISSING = "there is no such member"
    WRONG = "a member on the way is of another type"


class VendorResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer.

    Attributes:
        headers: Names in lower case.
        body: The JSON document, or `NoValue.EMPTY` or `NoValue.GARBAGE`.
        text: The body as text, for vendors that explain errors outside JSON.
    """

    status: int
    headers: Mapping[str, str]
    body: object
    text: str = ""


# Dotted members and list positions, such as ``data.0.email``; "" is the whole body. Or a small pure function.
Path = str | Callable[[VendorResponse], object]


def read_response(status: int, headers: Mapping[str, str], content: bytes, *, whole: bool = True) -> VendorResponse:
    """Parse an answer.

    Args:
        status: Of the answer.
        headers: Of the answer, names in any case.
        content: At most `MAX_BODY` bytes of the body.
        whole: False when the body was longer than that.
    """
    named = {name.lower(): value for name, value in headers.items()}
    body, text = _parse(content), content[:4096].decode(errors="replace")
    if body is NoValue.GARBAGE and (recoded := _recoded(content, named.get("content-type", ""))):
        body, text = _parse(recoded), recoded[:4096].decode(errors="replace")
    return VendorResponse(status=status, headers=named, body=body if whole else NoValue.GARBAGE, text=text)


def is_page(reply: VendorResponse) -> bool:
    """Return whether a body is no JSON object or list: an empty one, a text, a web page."""
    return not isinstance(reply.body, dict | list)


def is_foreign(reply: VendorResponse) -> bool:
    """Return whether something before the vendor's own program answered: by a page, or by a gateway's own JSON.

    AWS marks the errors of its API Gateway by ``x-amzn-ErrorType``; Kong gives ``X-Kong-Response-Latency`` without
    ``X-Kong-Upstream-Latency`` where it answers itself (their documentation of gateway responses and of headers).
    """
    if is_page(reply):
        return True
    body, seen = reply.body, reply.headers
    if reply.status < CLIENT_FAULT or not isinstance(body, dict):
        return False
    if "x-amzn-errortype" in seen or ("x-kong-response-latency" in seen and "x-kong-upstream-latency" not in seen):
        return True
    if body in _GATEWAY_BODIES or body.keys() >= _SPRING or body.get("cloudflare_error") is True:
        return True
    words = (step(body, name) for name in ("message", "detail", "error", "title", "error.message"))
    said = any(isinstance(text, str) and _GATEWAY_WORDS.match(text.strip()) for text in words)
    fault = body.get("fault")
    is_apigee = isinstance(fault, dict) and "faultstring" in fault and "oauth" not in str(fault).casefold()
    return said or is_apigee or body.get("code") == "rest_no_route"


def _parse(content: bytes) -> object:
    stripped = content.removeprefix(_BOM).strip()
    if not stripped:
        return NoValue.EMPTY
    try:
        return msgspec.json.decode(stripped)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _without_numbers(stripped)


def _without_numbers(content: bytes) -> object:
    """Parse a document with NaN or Infinity in it, which are no JSON (RFC 8259, 6), and are read as null."""
    try:
        text = content.decode()
        if _NOT_NUMBERS.search(text):
            read = json.loads(text, parse_constant=lambda _: None)
            return msgspec.json.decode(msgspec.json.encode(read))  # by our own rules of what is a text
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    return NoValue.GARBAGE


def _recoded(content: bytes, content_type: str) -> bytes | None:
    """Turn a body that is no JSON in UTF-8 into UTF-8, from the declared charset or by its byte order mark."""
    found = _CHARSET.search(content_type)
    charset = found[1] if found else json.detect_encoding(content)
    try:
        return content.decode(charset).removeprefix("\ufeff").encode()
    except (LookupError, ValueError):
        return None


def header(name: str) -> Path:
    """Make a path to a header instead of into the body."""

    def read(reply: VendorResponse) -> object:
        return reply.headers.get(name.lower(), NoValue.MISSING)

    return read


def look(reply: VendorResponse, path: Path) -> object:
    """Follow a path from the top of an answer's body; a function is called with the answer."""
    return step(reply.body, path) if isinstance(path, str) else path(reply)


def step(value: object, path: str) -> object:
    """Follow a dotted path from a value.

    Returns:
        The value; `NoValue.MISSING` where a member or list position is missing (or its parent is null),
        `NoValue.WRONG` where something on the way is neither object nor list: absence is proven, never guessed.
    """
    for name in path.split(".") if path else ():
        if value is None or value is NoValue.MISSING:
            return NoValue.MISSING
        if isinstance(value, dict):
            value = value.get(name, NoValue.MISSING)
        elif isinstance(value, list) and name.isdecimal():
            value = value[int(name)] if int(name) < len(value) else NoValue.MISSING
        else:
            return NoValue.WRONG
    return value
