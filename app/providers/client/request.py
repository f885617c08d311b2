"""Make the HTTP request of a template: inputs, parts of tickets and credentials filled in."""

import base64
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import msgspec

from app.providers.declaration.auth import Auth
from app.providers.declaration.messages import PLACEHOLDER, RequestTemplate, fill

USER_AGENT = "leadrun/0.2"
# Before the provider's own headers. The codings are those that `http_exchange` undoes.
_HEADERS = {"accept": "application/json", "accept-encoding": "gzip, deflate", "user-agent": USER_AGENT}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP request of a call; its headers and URL may hold a key.

    Attributes:
        headers: Names in lower case.
    """

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None = None

    def __repr__(self) -> str:
        """Show the method alone."""
        return f"Request({self.method} ***)"


def build(
    template: RequestTemplate,
    *,
    base_url: str,
    auth: Auth,
    headers: Mapping[str, str],
    values: Mapping[str, str],
    credentials: Mapping[str, str],
) -> Request:
    """Make the HTTP request.

    Args:
        template: The declared request.
        base_url: Of the provider.
        auth: Where the credentials go.
        headers: Constant ones of the provider.
        values: The contact's inputs and the ticket's parts.
        credentials: ``key`` and ``secret``; kept apart from `values`, so that no contact can pose as one.
    """
    sent = _HEADERS | {name.lower(): value for name, value in headers.items()}
    query = {name: _text(fill(value, values)) for name, value in template.query.items()}
    for name, pattern in auth.headers.items():
        sent[name.lower()] = str(fill(pattern, credentials) or "")
    for name, pattern in auth.query.items():
        query[name] = _text(fill(pattern, credentials))
    if auth.basic:
        pair = ":".join(str(fill(part, credentials) or "") for part in auth.basic)
        sent["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    content: bytes | None = None
    if template.form is not None:
        filled = {name: _text(fill(value, values)) for name, value in template.form.items()}
        content = urlencode({name: value for name, value in filled.items() if value is not None}).encode()
        sent.setdefault("content-type", "application/x-www-form-urlencoded")
    elif template.json is not None:
        content = msgspec.json.encode(fill(template.json, values))
        sent.setdefault("content-type", "application/json")
    url = base_url + _path(template.path, values)
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return Request(
        method=template.method, url=f"{url}?{asked}" if asked else url, headers=sent, content=content or None
    )


def _path(template: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda place: quote(values.get(place[1], ""), safe=""), template)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
