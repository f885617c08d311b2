"""Recognise the answers of programs that stand before a vendor's API: proxies, CDNs, firewalls, gateways, routers."""

import re

from app.providers.declaration.messages import VendorResponse, step

CLIENT_FAULT = 400
UNAUTHORIZED, PAYMENT_REQUIRED, FORBIDDEN = 401, 402, 403
# Headers that only such a program gives, where it answers by itself: Cloudflare's challenges, AWS WAF, Vercel, Squid,
# Railway (their documentation of errors and challenges).
_MARKS = frozenset(
    {"cf-mitigated", "x-amzn-waf-action", "x-vercel-error", "x-vercel-mitigated", "x-squid-error", "x-railway-fallback"}
)
# Sentences of routers, gateways and CDNs that answer in JSON themselves: Kong, AWS API Gateway, Express and NestJS,
# Fastify, Laravel, Symfony, CakePHP, Rails, Restify, Spring, ASP.NET, Jersey, Flask, Google's ESP and API Gateway,
# Cloudflare, Vercel, Railway, Tyk, Envoy, Gravitee, BIG-IP. "No route to this person" is none of them.
_WORDS = re.compile(
    r"no route matched with those values|missing authentication token$|(E_ROUTE_NOT_FOUND: )?cannot [a-z]{3,7}[ :]/"
    r"|route (get|post):/|no route (found for|matches) |no static resource|no context-path matches"
    r"|(the )?(requested )?(api )?(route|endpoint|page|path|uri)\b.{0,200}( not found| could not be found"
    r"| does(n't| not) exist| is forbidden)|(unknown|invalid|no such) (route|endpoint|path|uri|api (path|endpoint))\b"
    r"|not found - /|/\S{1,200} (does not exist|not found)$|http 404 not found$|no http resource was found"
    r"|controller class .{1,100} could not be found|the current request is not defined by this api"
    r"|the requested url was (not found on (the|this) server|rejected)|method does(n't| not) exist|error 1\d\d\d\b"
    r"|an invalid response was received from the upstream|the upstream server is timing out|endpoint request timed out"
    r"|application not found$|no healthy upstream|failure to get a peer|upstream (connect|request) (error|timeout)"
    r"|user: .{1,300} is not authorized to perform: execute-api",
    re.IGNORECASE,
)
# Words of firewalls, in which vendors too refuse a key, credits, or what their tables say of a 403.
_REFUSALS = re.compile(
    r"(your )?ip( address)?\b.{0,60}(not allowed|blocked|banned)"
    r"|(the |your |this )?(request|access)( (was|is|has been))? (blocked|denied)( by|:|\.?$)|blocked by .{0,60}",
    re.IGNORECASE,
)
# Whole bodies that frameworks and gateways give of their own accord: Starlette, Rails, Phoenix, AWS, Azure.
_BODIES: tuple[dict[str, object], ...] = (
    {"detail": "Not Found"},
    {"status": 404, "error": "Not Found"},
    {"errors": {"detail": "Not Found"}},
    {"message": "Forbidden"},
    {"statusCode": 404, "message": "Resource not found"},
)
# Members that only they give together: Spring, PerimeterX, IBM API Connect, Kubernetes.
_MEMBERS = (
    {"timestamp", "status", "error", "path"},
    {"appId", "blockScript"},
    {"httpCode", "httpMessage"},
    {"kind", "apiVersion", "status", "reason"},
)
_OF_THE_REQUEST = frozenset({"request_id", "requestid", "trace_id", "traceid"})
_SAID = ("message", "Message", "detail", "error", "title", "description", "error.message", "_embedded.errors.0.message")


def is_page(reply: VendorResponse) -> bool:
    """Return whether a body is no JSON object or list: an empty one, a text, a web page."""
    return not isinstance(reply.body, dict | list)


def is_marked(reply: VendorResponse) -> bool:
    """Return whether a header says that something before the vendor's program answered, or that we are in no network.

    A captive portal says so by ``captive`` (RFC 8908, 5).
    """
    is_captive = isinstance(reply.body, dict) and reply.body.get("captive") is True
    return is_captive or not _MARKS.isdisjoint(reply.headers)


def is_foreign(reply: VendorResponse, *, is_declared: bool = False) -> bool:
    """Return whether something before the vendor's own program answered: by a page, or by a gateway's own JSON.

    AWS marks the errors of its API Gateway by ``x-amzn-ErrorType``; Kong gives ``X-Kong-Response-Latency`` without
    ``X-Kong-Upstream-Latency`` where it answers itself (their documentation of gateway responses and of headers).

    Args:
        reply: The answer.
        is_declared: The vendor's own table says what such an answer means.
    """
    if is_page(reply) or is_marked(reply):
        return True
    body, seen = reply.body, reply.headers
    if reply.status < CLIENT_FAULT or not isinstance(body, dict):
        return False
    if "x-amzn-errortype" in seen or ("x-kong-response-latency" in seen and "x-kong-upstream-latency" not in seen):
        return True
    rest = {name: value for name, value in body.items() if name.lower() not in _OF_THE_REQUEST}
    if rest in _BODIES or any(body.keys() >= members for members in _MEMBERS):
        return True
    refuses = reply.status in {UNAUTHORIZED, PAYMENT_REQUIRED} or (reply.status == FORBIDDEN and is_declared)
    fault = body.get("fault")
    is_apigee = isinstance(fault, dict) and "faultstring" in fault and "oauth" not in str(fault).casefold()
    return is_worded(body) or (not refuses and is_worded(body, _REFUSALS)) or is_apigee or is_known(body)


def is_worded(body: dict[str, object], words: re.Pattern[str] = _WORDS) -> bool:
    """Return whether a member of an error message says one of a gateway's sentences."""
    return any(isinstance(text, str) and words.match(text) for text in (step(body, name) for name in _SAID))


def is_known(body: dict[str, object]) -> bool:
    """Return whether one member says it: of Cloudflare, WordPress, WSO2, or DataDome's captcha."""
    return (
        body.get("cloudflare_error") is True
        or body.get("code") == "rest_no_route"
        or body.get("type") == "Status report"
        or "captcha-delivery.com" in str(body.get("url"))
    )
