"""GET /: a page for people, and the same links as JSON for programs."""

from html import escape

from litestar.response.base import ASGIResponse

from app.api.http.request_context import AnyRequest
from app.api.http.responses import json_answer
from app.api.openapi.document import SUMMARY, TITLE, version_of_leadrun
from app.api.openapi.operation import BASE, public_operation

# Relative, so that they hold below the path of a proxy as well.
_LINKS = {
    "documentation": ("docs", "Read the API and try it"),
    "specification": (f"{BASE}/openapi.json".removeprefix("/"), "OpenAPI document"),
    "health": ("health/ready", "Health"),
    "metrics": ("metrics", "Metrics for Prometheus"),
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@public_operation("GET", "/")
async def home(request: AnyRequest) -> ASGIResponse:
    """Show the name of the service and links to its documents."""
    if "text/html" in request.headers.get("accept", ""):
        headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": _POLICY, "vary": "accept"}
        return ASGIResponse(body=_page().encode(), headers=headers)
    links = {name: path for name, (path, _) in _LINKS.items()}
    body = {"name": TITLE, "version": version_of_leadrun(), "summary": SUMMARY, "links": links}
    return json_answer(body, headers={"vary": "accept"})


def _page() -> str:
    items = "\n".join(f'<li><a href="{path}">{escape(text)}</a></li>' for path, text in _LINKS.values())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{TITLE}</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 10vh auto; padding: 0 1rem }}</style>
</head>
<body>
<h1>{TITLE} {escape(version_of_leadrun())}</h1>
<p>{escape(SUMMARY)}</p>
<ul>
{items}
</ul>
</body>
</html>
"""
