"""The words and members by which the answers of gateways, routers and firewalls are known from the vendor's own."""

import msgspec

from app.providers.declaration.gateways import is_foreign, is_known, is_marked, is_page
from app.providers.declaration.messages import VendorResponse, read_response
from tests.rows import each_row
from tests.unit.values.test_pages import GATEWAYS

LONG = f"/v1/people?linkedin_url={'x' * 300}"
SENTENCES = f"""\
no Route matched with those values
Missing Authentication Token
Cannot GET /v2/find
Cannot DELETE /v2/find
E_ROUTE_NOT_FOUND: Cannot POST:/v1/people
Route GET:{LONG} not found
Route POST:{LONG} not found
No route found for "GET /x"
No route matches [GET] "/x"
No static resource v1/x.
No context-path matches the request URI.
Route not found
The requested endpoint was not found
API endpoint could not be found
The page doesn't exist
The path does not exist
The requested URI is forbidden
Unknown route
Invalid endpoint
No such path
Unknown URI
Invalid API path
No such API endpoint
Not Found - /v2/find
/v2/find does not exist
/v2/find not found
HTTP 404 Not Found
No HTTP resource was found that matches the request URI.
Controller class Find could not be found.
The current request is not defined by this API.
The requested URL was not found on the server. If you entered the URL manually please check your spelling.
The requested URL was not found on this server.
The requested URL was rejected. Please consult with your administrator.
Method doesn't exist.
Method does not exist.
Error 1015: You are being rate limited
An invalid response was received from the upstream server
The upstream server is timing out
Endpoint request timed out
Application not found
no healthy upstream
failure to get a peer from the ring-balancer
upstream connect error or disconnect/reset before headers
upstream request timeout
upstream connect timeout
User: anonymous is not authorized to perform: execute-api:Invoke on resource: x
Your IP address is not allowed
IP 192.0.2.1 has been blocked
Your IP is banned
The request was blocked.
Your request is denied: 7
This access has been denied by a rule
Access denied
Request blocked: 7
Blocked by the web application firewall
"""
# Of a vendor's program, which speaks of people, keys and credits.
VENDORS = """\
No route to this person
The person could not be found
Profile URL not found
Not found
Email not found
Invalid email
Unknown company
Requests left: 0
Access token denied
Access key was blocked last month
Your account has been blocked
Missing Authentication Token in the header X-Api-Key
HTTP 404 Not Found: no such person
Application not found in your workspace
Error 42
The domain does not exist
"""


def answer(body: object, status: int = 404, **headers: str) -> VendorResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_response(status, named, msgspec.json.encode(body))


@each_row("said", SENTENCES.splitlines())
def test_a_sentence_of_a_gateway_is_known_wherever_it_stands(said: str) -> None:
    for body in (
        *({name: said} for name in ("message", "Message", "detail", "error", "title", "description")),
        {"error": {"code": "404", "message": said}},
        {"message": "Not Found", "_embedded": {"errors": [{"message": said}]}},
    ):
        assert is_foreign(answer(body)), body
        assert is_foreign(answer(body, 400)), body
        assert not is_foreign(answer(body, 399)), body
        assert not is_foreign(answer([body, body])), body
    assert not is_foreign(answer({"person": said}))


@each_row("said", VENDORS.splitlines())
def test_a_sentence_of_a_vendor_is_not_taken_for_a_gateways(said: str) -> None:
    assert not is_foreign(answer({"message": said}))


@each_row("gateway", GATEWAYS)
def test_the_error_of_a_gateway_is_told_from_a_vendors(gateway: str) -> None:
    status, headers, body = GATEWAYS[gateway]
    assert is_foreign(read_response(status, headers, body))


@each_row("header", ["cf-mitigated", "x-amzn-waf-action", "x-vercel-error", "x-vercel-mitigated", "X-Squid-Error",
                     "x-railway-fallback"])  # fmt: skip
def test_a_header_marks_an_answer_of_any_status(header: str) -> None:
    for status in (200, 404):
        marked = read_response(status, {header: "x"}, b'{"email": "jane@acme.example"}')
        assert is_marked(marked)
        assert is_foreign(marked)


@each_row(
    ("whole", "members"),
    [
        ({"timestamp": "x", "status": 404, "error": "x", "path": "/"}, ("timestamp", "status", "error", "path")),
        ({"appId": "x", "blockScript": "x", "hostUrl": "x"}, ("appId", "blockScript")),
        ({"httpCode": "401", "httpMessage": "x", "moreInformation": "x"}, ("httpCode", "httpMessage")),
        ({"kind": "x", "apiVersion": "v1", "status": "x", "reason": "x"}, ("kind", "apiVersion", "status", "reason")),
        ({"statusCode": 404, "message": "Resource not found"}, ("statusCode", "message")),
        ({"status": 404, "error": "Not Found"}, ("status", "error")),
        ({"fault": {"faultstring": "x"}}, ("fault",)),
    ],
)
def test_members_tell_a_gateway_only_together(whole: dict[str, object], members: tuple[str, ...]) -> None:
    assert is_foreign(answer(whole))
    for member in members:
        assert not is_foreign(answer({name: value for name, value in whole.items() if name != member})), member


@each_row("name", ["request_id", "requestId", "trace_id", "traceId"])
def test_the_id_of_a_request_changes_no_body(name: str) -> None:
    assert is_foreign(answer({"detail": "Not Found", name: "7"}))
    assert not is_foreign(answer({"detail": "Not Found", "person": "7"}))


@each_row(
    ("body", "known"),
    [
        ({"cloudflare_error": True}, True),
        ({"cloudflare_error": 1}, False),
        ({"code": "rest_no_route"}, True),
        ({"code": "rest_forbidden"}, False),
        ({"type": "Status report"}, True),
        ({"type": "about:blank"}, False),
        ({"url": "https://geo.captcha-delivery.com/captcha/"}, True),
        ({"url": "https://acme.example"}, False),
    ],
)
def test_one_member_may_tell_a_gateway(body: dict[str, object], *, known: bool) -> None:
    assert is_known(body) is known
    assert is_foreign(answer(body)) is known


def test_a_portal_a_page_and_an_expired_token_are_told_apart() -> None:
    assert is_marked(answer({"captive": True}, 200))
    assert not is_marked(answer({"captive": False}, 200))
    assert not is_marked(answer([True], 200))
    assert is_page(answer("not found"))
    assert not is_page(answer([]))
    # Apigee in front of a vendor also says that its own token has expired.
    assert not is_foreign(
        answer({"fault": {"faultstring": "x", "detail": {"errorcode": "oauth.v2.InvalidAccessToken"}}})
    )
    assert not is_foreign(answer({"fault": "faultstring"}))
    assert is_foreign(answer({}, x_kong_response_latency="1"))
    assert not is_foreign(answer({}, x_kong_response_latency="1", x_kong_upstream_latency="1"))
    assert not is_foreign(answer({}, x_kong_upstream_latency="1"))
    assert is_foreign(answer({}, x_amzn_errortype="NotFoundException"))
