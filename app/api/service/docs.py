"""Serve the page to read and try the specification in a browser, with every asset that it needs."""

import asyncio
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from app.api.http.errors import UnknownRouteError
from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer
from app.api.openapi.operation import public_operation

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_START = b"""window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "api/v1/openapi.json",
    dom_id: "#page",
    deepLinking: true,
    validatorUrl: null,
    tryItOutEnabled: true,
  });
});
"""
_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>leadrun API</title>
<link rel="icon" type="image/png" href="docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<main id="page"></main>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/start.js"></script>
</body>
</html>
"""
# Nothing from elsewhere; Swagger UI sets inline styles and draws its icons from data: URLs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@public_operation("GET", "/docs")
async def page(_request: AnyRequest) -> Answer:
    """Serve the page."""
    return Answer(
        body=_PAGE,
        headers={
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": _POLICY,
            "cache-control": "no-cache",
        },
    )


@public_operation("GET", "/docs/assets/{name}")
async def asset(request: AnyRequest) -> Answer:
    """Serve one of the page's files."""
    name = request.path_params["name"]
    if name == "start.js":
        return _file(_START, "text/javascript")
    if name not in _ASSETS:
        raise UnknownRouteError(request.scope["path"])
    return _file(await asyncio.to_thread(_read, name), _ASSETS[name])


def _file(body: bytes, kind: str) -> Answer:
    return Answer(body=body, headers={"content-type": kind, "cache-control": "public, max-age=86400"})


@cache
def _read(name: str) -> bytes:
    # Read as files: to import the package imports Flask, which nothing here needs.
    return Path(str(distribution("flask-swagger-ui").locate_file("flask_swagger_ui/dist"))).joinpath(name).read_bytes()
