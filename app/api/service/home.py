"""GET /: people go to the app, programs get the links as JSON."""

from http import HTTPStatus

from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer, json_answer
from app.api.openapi.document import SUMMARY, TITLE, version_of_leadrun
from app.api.openapi.operation import BASE, public_operation

# Relative, so that they hold below the path of a proxy as well.
_LINKS = {
    "app": "app",
    "documentation": "docs",
    "specification": f"{BASE}/openapi.json".removeprefix("/"),
    "health": "health/ready",
    "metrics": "metrics",
}


@public_operation("GET", "/")
async def home(request: AnyRequest) -> Answer:
    """Lead people to the app, and programs to the documents."""
    if "text/html" in request.headers.get("accept", ""):
        return Answer(status=HTTPStatus.SEE_OTHER, headers={"location": _LINKS["app"], "vary": "accept"})
    body = {"name": TITLE, "version": version_of_leadrun(), "summary": SUMMARY, "links": _LINKS}
    return json_answer(body, headers={"vary": "accept"})
