"""Make the HTTP request of a template: inputs, parts of tickets and credentials filled in."""

import base64
from collections.abc import Mapping
from urllib.parse import quote

import httpx
import msgspec

from app.providers.declaration.auth import Auth
from app.providers.declaration.messages import PLACEHOLDER, RequestTemplate, fill

USER_AGENT = "leadrun/0.2"


def build(
    template: RequestTemplate,
    *,
    base_url: str,
    auth: Auth,
    headers: Mapping[str, str],
    values: Mapping[str, str],
    credentials: Mapping[str, str],
) -> httpx.Request:
    """Make the HTTP request.

    Args:
        template: The declared request.
        base_url: Of the provider.
        auth: Where the credentials go.
        headers: Constant ones of the provider.
        values: The contact's inputs and the ticket's parts.
        credentials: ``key`` and ``secret``; kept apart from `values`, so that no contact can pose as one.
    """
    sent = {"accept": "application/json", "user-agent": USER_AGENT} | dict(headers)
    query = {name: _text(fill(value, values)) for name, value in template.query.items()}
    for name, pattern in auth.headers.items():
        sent[name.lower()] = str(fill(pattern, credentials) or "")
    for name, pattern in auth.query.items():
        query[name] = _text(fill(pattern, credentials))
    if auth.basic:
        pair = ":".join(str(fill(part, credentials) or "") for part in auth.basic)
        sent["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    content: bytes | None = None
    form: dict[str, str] | None = None
    if template.form is not None:
        filled = {name: _text(fill(value, values)) for name, value in template.form.items()}
        form = {name: value for name, value in filled.items() if value is not None}
    elif template.json is not None:
        content = msgspec.json.encode(fill(template.json, values))
        sent.setdefault("content-type", "application/json")
    return httpx.Request(
        template.method,
        base_url + _path(template.path, values),
        params={name: value for name, value in query.items() if value is not None} or None,
        headers=sent,
        content=content,
        data=form,
    )


def _path(template: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda place: quote(values.get(place[1], ""), safe=""), template)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
