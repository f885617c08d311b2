"""A page that is no answer of the vendor's is never read as one, whatever its status."""

from functools import cache

import msgspec
import pytest

from app.domain.vocabulary import Field
from app.providers.client.interpret import rule
from app.providers.declaration.messages import VendorResponse, read_response
from app.providers.declaration.spec import Spec
from app.providers.declaration.verdicts import Verdict, VerdictRule
from app.providers.setup.registry import load_specs
from tests.rows import each_row

PAGES = {
    "challenge": b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>nginx</body></html>",
    "proxy": b"<html>\r\n<head><title>403 Forbidden: no access, insufficient credits, quota</title></head></html>",
    "xml": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "text": b"error code: 1020",
    "words": b"no such person: not found, invalid credentials, out of credits, no access",
    "scalar": b'"not found"',
    "null": b"null",
    "number": b"404",
    "latin-1": "<html>Accès refusé</html>".encode("latin-1"),
    "Envoy": b"upstream connect error or disconnect/reset before headers. reset reason: connection failure",
    "Envoy, nothing behind it": b"no healthy upstream",
    "Fastly": b"Fastly error: unknown domain: api.acme.example. Please check that this domain has been added.",
    "Traefik": b"404 page not found",
    "Varnish": b"<html><title>503 Backend fetch failed</title><p>Guru Meditation:</p></html>",
    "Akamai": b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Reference&#32;&#35;18.2f</BODY></HTML>",
    "junk behind JSON": b'{"email": "rita.case@acme.example"}<!-- cached -->',
    "two documents": b'{"error": 1}{"error": 2}',
    "cut off": b'{"email": "rita.case@acme.ex',
    "BOM": b"\xef\xbb\xbf<html></html>",
}
STATUSES = (400, 401, 402, 403, 404, 405, 409, 410, 422, 423, 451, 499, 500, 502, 503, 504, 520)
REFUSALS = {Verdict.MISS, Verdict.AUTH_ERROR, Verdict.OUT_OF_CREDITS, Verdict.ANSWER, Verdict.PENDING}
TABLES = [
    pytest.param(spec.slug, route.field, table, id=f"{spec.slug} {number} {name}")
    for spec in load_specs()
    for number, route in enumerate(spec.routes)
    for name, table in (
        ("request", route.verdicts),
        ("poll", route.poll.verdicts if route.poll else ()),
        ("first task", route.before.verdicts if route.before else ()),
        ("account", spec.balance_verdicts),
    )
]


# The sheets of these verifications say how a page is to be read: a shield that blocks for a while; an endpoint that is
# gone; an answer declared as text, which then grades nothing.
DOCUMENTED = {
    ("zerobounce", Field.VERIFY, 403): Verdict.RATE_LIMITED,
    ("prospeo", Field.VERIFY, 404): Verdict.BAD_REQUEST,
}
TEXTS = {("findymail", Field.VERIFY): {Verdict.MALFORMED, Verdict.ANSWER}}


@cache
def answered(status: int, page: str, **headers: str) -> VendorResponse:
    """Return a page as the client reads it."""
    return read_response(status, {name.replace("_", "-"): value for name, value in headers.items()}, PAGES[page])


@each_row(("slug", "field", "table"), TABLES)
def test_a_page_is_a_fault_in_every_table_of_every_vendor(
    slug: str, field: Field, table: tuple[VerdictRule, ...]
) -> None:
    for page in PAGES:
        for status in STATUSES:
            read = rule(answered(status, page, content_type="text/html"), table)
            assert read in {Verdict.SERVER_ERROR, DOCUMENTED.get((slug, field, status))}
        assert rule(answered(200, page), table) in TEXTS.get((slug, field), {Verdict.MALFORMED})
        assert rule(answered(302, page), table) is Verdict.MALFORMED
        # A throttle is one, whatever stands in between asks for fewer requests (RFC 6585, 4).
        assert rule(answered(429, page), table) is Verdict.RATE_LIMITED


# The sheets of these vendors say that such an answer has no body, or leave its body open.
EMPTY = {("kaspr", 200): Verdict.MISS, ("skrapp", 404): Verdict.MISS}


@each_row("spec", load_specs(), ids=lambda spec: spec.slug)
def test_an_empty_body_is_an_answer_only_where_the_vendor_documents_it(spec: Spec) -> None:
    for route in spec.routes:
        for status in (200, *STATUSES):
            verdict = rule(read_response(status, {}, b""), route.verdicts)
            wanted = None if route.field is Field.VERIFY else EMPTY.get((spec.slug, status))
            assert verdict is wanted if wanted else verdict not in REFUSALS


def test_texts_that_vendors_document_are_answers() -> None:
    tables = {spec.slug: spec.routes[0].verdicts for spec in load_specs()}
    for slug, text in (("apollo", b"Invalid access credentials."), ("icypeas", b"Unauthorized access.")):
        assert rule(read_response(401, {"content-type": "text/plain"}, text), tables[slug]) is Verdict.AUTH_ERROR
        assert rule(read_response(403, {"content-type": "text/plain"}, text), tables[slug]) is Verdict.SERVER_ERROR


# The errors of programs that stand before an API, or of its router, as they are found in their documentation.
GATEWAYS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "Kong, no route": (404, {}, b'{"message":"no Route matched with those values"}'),
    "Kong, by its headers": (404, {"X-Kong-Response-Latency": "1"}, b'{"message":"Not found"}'),
    "Kong, broken upstream": (
        502,
        {},
        b'{"message":"An invalid response was received from the upstream server"}',
    ),
    "AWS, no route": (403, {}, b'{"message":"Missing Authentication Token"}'),
    "AWS, by its header": (404, {"x-amzn-ErrorType": "NotFoundException"}, b'{"message":"Not Found"}'),
    "AWS, refused": (403, {"X-Amzn-Errortype": "ForbiddenException"}, b'{"message":"Forbidden"}'),
    "AWS, too slow": (504, {}, b'{"message": "Endpoint request timed out"}'),
    "Express": (404, {}, b'{"error":"Cannot GET /v2/find"}'),
    "NestJS": (404, {}, b'{"statusCode":404,"message":"Cannot POST /v1/people","error":"Not Found"}'),
    "Fastify": (404, {}, b'{"message":"Route POST:/api/x not found","error":"Not Found","statusCode":404}'),
    "Laravel": (404, {}, b'{"message":"The route api/search/name could not be found."}'),
    "Starlette": (404, {}, b'{"detail":"Not Found"}'),
    "Rails": (404, {}, b'{"status":404,"error":"Not Found"}'),
    "Spring": (
        404,
        {},
        b'{"timestamp":"2026-01-02T03:04:05Z","status":404,"error":"Not Found","path":"/v1/x"}',
    ),
    "Spring 6": (404, {}, b'{"type":"about:blank","title":"Not Found","detail":"No static resource v1/x."}'),
    "WordPress": (404, {}, b'{"code":"rest_no_route","message":"No route was found","data":{"status":404}}'),
    "Google": (404, {}, b'{"message":"Method doesn\'t exist.","code":5}'),
    "Cloudflare": (403, {}, b'{"title":"Error 1020: Access denied","status":403,"cloudflare_error":true}'),
    "Cloudflare, throttled": (403, {}, b'{"title":"Error 1015: You are being rate limited"}'),
    "AWS, no header": (403, {}, b'{"message":"Forbidden"}'),
    "Azure": (404, {}, b'{ "statusCode": 404, "message": "Resource not found" }'),
    "Apigee": (
        404,
        {},
        b'{"fault":{"faultstring":"Unable to identify proxy for host","detail":{"errorcode":"x"}}}',
    ),
    "Vercel": (404, {}, b'{"error":{"code":"404","message":"The page could not be found"}}'),
    "Vercel, flat": (404, {}, b'{"error":"The page could not be found"}'),
    "Railway": (404, {}, b'{"status":"error","code":404,"message":"Application not found"}'),
    "Tyk": (403, {}, b'{"error":"Requested endpoint is forbidden"}'),
    "Envoy": (503, {}, b'{"message":"upstream connect error or disconnect/reset before headers"}'),
    "Envoy, nothing behind it": (403, {}, b'{"error":"no healthy upstream"}'),
    "firewall": (403, {}, b'{"message":"Blocked by the web application firewall"}'),
    "firewall, by its kind": (403, {}, b'{"message":"Access denied by security policy"}'),
    "firewall, in other words": (403, {}, b'{"error":"Your request was blocked."}'),
    "firewall, of an address": (403, {}, b'{"message":"IP address not allowed: 192.0.2.1"}'),
    "Cloudflare, a challenge": (403, {"CF-Mitigated": "challenge"}, b'{"error":"x"}'),
    "Vercel, by its header": (402, {"X-Vercel-Error": "DEPLOYMENT_DISABLED"}, b'{"error":{"message":"Payment"}}'),
    "Squid": (403, {"X-Squid-Error": "ERR_ACCESS_DENIED 0"}, b"{}"),
    "AWS WAF": (405, {"x-amzn-waf-action": "captcha"}, b""),
    "AWS, private": (
        403,
        {},
        b'{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: x"}',
    ),
    "Kong 3": (404, {}, b'{"message":"no Route matched with those values","request_id":"a"}'),
    "AWS, with an id": (403, {}, b'{"message":"Forbidden","requestId":"a"}'),
    "Google's gateway": (404, {}, b'{"message":"The current request is not defined by this API.","code":404}'),
    "IBM": (401, {}, b'{"httpCode":"401","httpMessage":"Unauthorized","moreInformation":"x"}'),
    "WSO2": (404, {}, b'{"code":"404","type":"Status report","message":"Not Found","description":"x"}'),
    "Gravitee": (404, {}, b'{"message":"No context-path matches the request URI.","http_status_code":404}'),
    "Kubernetes": (404, {}, b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}'),
    "DataDome": (403, {}, b'{"url":"https://geo.captcha-delivery.com/captcha/?initialCid=x"}'),
    "PerimeterX": (403, {}, b'{"appId":"PX1","jsClientSrc":"/x.js","hostUrl":"/x","blockScript":"/b.js"}'),
    "BIG-IP": (403, {}, b'{"message":"The requested URL was rejected. Please consult with your administrator."}'),
    "ASP.NET": (404, {}, b'{"Message":"No HTTP resource was found that matches the request URI."}'),
    "Symfony": (404, {}, b'{"code":404,"message":"No route found for \\"GET /x\\""}'),
    "CakePHP": (404, {}, b'{"message":"Controller class Find could not be found.","url":"/x","code":404}'),
    "Rails, in words": (404, {}, b'{"error":"No route matches [GET] \\"/x\\""}'),
    "Restify": (404, {}, b'{"code":"ResourceNotFound","message":"/v2/find does not exist"}'),
    "AdonisJS": (404, {}, b'{"message":"E_ROUTE_NOT_FOUND: Cannot GET:/x"}'),
    "Express, by hand": (404, {}, b'{"message":"Not Found - /v2/find"}'),
    "Phoenix": (404, {}, b'{"errors":{"detail":"Not Found"}}'),
    "Micronaut": (404, {}, b'{"message":"Not Found","_embedded":{"errors":[{"message":"Page Not Found"}]}}'),
    "Jersey": (404, {}, b'{"code":404,"message":"HTTP 404 Not Found"}'),
    "a route": (404, {}, b'{"error":"Route not found"}'),
    "an endpoint": (404, {}, b'{"message":"Unknown endpoint"}'),
    "a path": (404, {}, b'{"error":"The requested path /v1/x was not found"}'),
}
# What a success may say, no matter which program sends it: of no person, and of none that is not found.
ANYBODYS = (
    b'{"message":"Forbidden"}',
    b'{"error":"maintenance"}',
    b'{"status":"ok"}',
    b'{"success":true}',
    b'{"code":0,"title":"Login required","type":"about:blank"}',
    b'[{"message":"x"}]',
    b'{"captive":true,"user-portal-url":"https://portal.example"}',
)


@each_row("gateway", GATEWAYS)
def test_the_error_of_a_gateway_is_a_fault_in_every_table_of_every_vendor(gateway: str) -> None:
    status, headers, body = GATEWAYS[gateway]
    for spec in load_specs():
        for route in spec.routes:
            # Where the vendor declares its 403, a firewall's words may be its own.
            named = MEANT.get((spec.slug, route.field)) if gateway.startswith("firewall") else None
            assert rule(read_response(status, headers, body), route.verdicts) in {Verdict.SERVER_ERROR, named}
            assert rule(read_response(429, headers, body), route.verdicts) is Verdict.RATE_LIMITED


REFUSED = ("Access denied", "Access denied: invalid API key", "Your IP is not allowed", "Request denied: no credits",
           "The request was blocked.", "Blocked by our policy")  # fmt: skip
# What the sheets say of a 403: a person who may not be shown, too many requests, no credits.
MEANT = {
    ("datagma", Field.PHONE): Verdict.MISS,
    ("hunter", Field.EMAIL): Verdict.RATE_LIMITED,
    ("hunter", Field.VERIFY): Verdict.RATE_LIMITED,
    ("zerobounce", Field.VERIFY): Verdict.RATE_LIMITED,
    ("dropcontact", Field.EMAIL): Verdict.OUT_OF_CREDITS,
    ("dropcontact", Field.VERIFY): Verdict.OUT_OF_CREDITS,
}


@each_row(("said", "member"), [(said, member) for said in REFUSED for member in ("message", "error", "detail")])
def test_a_vendors_refusal_of_a_key_or_of_credits_is_no_gateways(said: str, member: str) -> None:
    body, plain = msgspec.json.encode({member: said}), msgspec.json.encode({member: "Refused"})
    for table in (route.verdicts for spec in load_specs() for route in spec.routes):
        for status in (401, 402):
            assert rule(read_response(status, {}, body), table) is rule(read_response(status, {}, plain), table)
        assert rule(read_response(401, {"x-squid-error": "x"}, body), table) is Verdict.SERVER_ERROR
    for (slug, field), meant in MEANT.items():
        route = next(r for spec in load_specs() if spec.slug == slug for r in spec.routes if r.field is field)
        assert rule(read_response(403, {}, body), route.verdicts) is meant
    phone = next(r for spec in load_specs() if spec.slug == "apollo" for r in spec.routes if r.poll)
    assert phone.poll
    assert rule(read_response(403, {}, body), phone.poll.verdicts) is Verdict.PENDING
    kaspr = next(spec for spec in load_specs() if spec.slug == "kaspr").routes[0]
    assert [rule(read_response(status, {}, body), kaspr.verdicts) for status in (401, 402, 403)] == [
        Verdict.AUTH_ERROR,
        Verdict.OUT_OF_CREDITS,
        Verdict.SERVER_ERROR,
    ]


@each_row("body", ANYBODYS)
def test_a_success_that_anybody_could_send_is_no_answer(body: bytes) -> None:
    for spec in load_specs():
        for route in spec.routes:
            read = rule(read_response(200, {}, body), route.verdicts)
            # A verification of an unknown status is an answer: unknown.
            known = {Verdict.ANSWER} if route.field is Field.VERIFY and b"status" in body else set()
            assert read not in REFUSALS - known, f"{spec.slug}: {read}"
