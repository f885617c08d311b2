"""More families of a campaign, for the API: files, quotes, simulations, lists of feedback, and what accounts keep."""

import json
import secrets
from collections.abc import Iterator

from tests.hostile.families import JSON, Family, Target, post, some_size

LONG_TEXTS = [
    "a" * 200_000,
    "é" * 200_000,
    "a" + "\u0315\u0300" * 100_000,
    "a." * 100_000,
    "\\" * 100_000,
    "%C3%A9" * 30_000,
]
CSV = b"Content-Type: text/csv\r\n"


def text() -> str:
    """Draw a text that a reader might take long for."""
    return secrets.choice(LONG_TEXTS)


def files(target: Target) -> Iterator[bytes]:
    """Files whose headings are many, long or full of marks, previewed, quoted or submitted."""
    many = some_size()
    heading = secrets.choice(
        [
            b"first_name" + b",a" * (many // 2),
            "prénom société,".encode() * (many // 17),
            text().encode(),
            b'"' + text().encode() + b'"',
            b"first_name,last_name,domain",
        ]
    )
    row = secrets.choice(
        [b"Jane,Smith,acme.example\n", "Jané,\u0315\u0300,acme.example\n".encode(), b",,,,\n", b'"",\n']
    )
    path = secrets.choice(["/api/v1/batches/preview", "/api/v1/quotes", "/api/v1/batches"])
    yield post(target, path, heading + b"\n" + row * min(many // len(row), 4000), CSV)


def orders(target: Target) -> Iterator[bytes]:
    """Jobs, look-ups, quotes and addresses whose members are long."""
    long = text()
    contact = {"first_name": long[:190], "last_name": long[:190], "domain": "acme.example", "company_name": long[:190]}
    body, path = secrets.choice(
        [
            ({"contacts": [contact] * 100}, "/api/v1/enrich"),
            ({"contacts": [contact] * 1500}, "/api/v1/quotes"),
            ({"contacts": [{**contact, "linkedin_url": long[:2000]}] * 100}, "/api/v1/enrich"),
            ({"email": f"{long}@acme.example"}, "/api/v1/verify-email"),
            ({"email": f"jane@{long[:250]}"}, "/api/v1/verify-email"),
            ({"firstName": long, "lastName": "Smith", "companyDomain": long}, "/api/v1/find-phone"),
        ]
    )
    yield post(target, path, json.dumps(body, ensure_ascii=bool(secrets.randbelow(2))).encode())


def lists(target: Target) -> Iterator[bytes]:
    """Lists that are as long as they may be, or longer: feedback, waterfalls, caps, keys, endpoints."""
    many = secrets.choice([1000, 6000])
    nobody = "019ae4a2-0000-7000-8000-000000000000"
    body, method, path = secrets.choice(
        [
            ({"feedback": [{"runId": nobody, "outcome": "bounced"}] * many}, "POST", "/api/v1/feedback"),
            ({"feedback": [{"runId": text(), "outcome": text()}] * 2}, "POST", "/api/v1/feedback"),
            ({"waterfall": "default", "runIds": [nobody] * many}, "POST", "/api/v1/simulations"),
            ({"providers": ["hunter"] * many}, "PUT", "/api/v1/waterfalls/long"),
            ({"providers": ["hunter"]}, "PUT", f"/api/v1/waterfalls/w{secrets.token_hex(4)}"),
            ({"amount": "1" * many, "unit": "credits", "period": "day"}, "PUT", "/api/v1/caps"),
            ({"scopes": ["read"] * many, "name": text()}, "POST", "/api/v1/keys"),
            ({"url": "https://" + text() + ".example"}, "POST", "/api/v1/webhooks/endpoints"),
        ]
    )
    yield post(target, path, json.dumps(body).encode(), method=method)


def hosts(target: Target) -> Iterator[bytes]:
    """Specifications under ever new names of the host, and pages with long names."""
    for _ in range(5):
        path = secrets.choice(
            ["openapi.json", "openapi-3.0.json", "openapi.json?dialect=leadsonar", "runs?search=" + "%C3%A9" * 500]
        )
        head = f"GET /api/v1/{path} HTTP/1.1\r\nHost: {secrets.token_hex(8)}.example\r\nConnection: close\r\n"
        yield head.encode() + target.authorization + b'If-None-Match: "' + b"x" * 2000 + b'"\r\n\r\n'


def assistants(target: Target) -> Iterator[bytes]:
    """Messages at /mcp: batches, deep and wide arguments, ids and methods of any length, sessions that nobody has."""
    message: dict[str, object] = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    many = {f"m{number}": [number] for number in range(secrets.choice([50, 6000]))}
    body = secrets.choice(
        [
            json.dumps([message] * 5000).encode(),
            json.dumps(message | {"id": text()}).encode(),
            json.dumps(message | {"method": text()}).encode(),
            json.dumps(message | {"method": "tools/list"}).encode(),
            json.dumps(
                message | {"method": "tools/call", "params": {"name": "find_email", "arguments": many}}
            ).encode(),
            json.dumps(message | {"method": "tools/call", "params": {"name": text(), "arguments": {}}}).encode(),
            json.dumps(message | {"method": "resources/read", "params": {"uri": "leadrun://runs/" + text()}}).encode(),
            json.dumps(message | {"method": "initialize", "params": many}).encode(),
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' + deep + b"}",
        ]
    )
    more = b"Accept: application/json, text/event-stream\r\nMcp-Session-Id: " + secrets.token_hex(16).encode() + b"\r\n"
    yield post(target, "/mcp", body, JSON + more)


API: tuple[Family, ...] = (files, orders, lists, hosts, assistants)
