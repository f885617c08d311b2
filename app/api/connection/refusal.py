"""The answer to a request that no handler sees, as bytes."""

from http import HTTPStatus

from app.api.http.errors import PROBLEM_JSON, headers_of, problem_body, status_of
from app.clock import SystemClock
from app.domain.errors import RequestError
from app.services import uuid7_text


def refusal_bytes(refusal: RequestError) -> bytes:
    """Write an HTTP/1.1 answer with a problem document, after which the connection ends."""
    request_id = uuid7_text(int(SystemClock().now().timestamp() * 1000))
    status = HTTPStatus(status_of(type(refusal)))
    body = problem_body(refusal, path="/", request_id=request_id)
    headers = {
        "content-type": PROBLEM_JSON,
        "content-length": str(len(body)),
        "x-request-id": request_id,
        "connection": "close",
        **headers_of(refusal),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode() + body
