"""Fills a request template with a contact, a ticket and credentials."""

import base64
import re
from collections.abc import Mapping
from urllib.parse import quote

import httpx
import msgspec

from app.domain.contacts.contact import Contact
from app.providers.declaration.spec import Auth, RequestTemplate

_PLACE = re.compile(r"\{(\w+)\}")
USER_AGENT = "leadrun/0.1"


def inputs(contact: Contact, email: str | None) -> dict[str, str]:
    """List the values that a template may use; the names are those of `inputs_of` in the waterfall."""
    known: dict[str, str | None] = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "full_name": contact.full_name,
        "company_domain": contact.company_domain,
        "company_name": contact.company_name,
        "linkedin_url": contact.linkedin_url,
        "region": contact.region,
        "name": contact.name,
        "linkedin_slug": contact.linkedin_slug,
        "email": email,
    }
    if contact.full_name and not (contact.first_name and contact.last_name):
        first, _, last = contact.full_name.partition(" ")
        known |= {"first_name": first, "last_name": last}
    return {name: value for name, value in known.items() if value}


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
        template: What to send.
        base_url: Of the provider.
        auth: Where the credentials go.
        headers: Constant ones of the provider.
        values: From `inputs`, and the ticket's parts.
        credentials: ``key`` and ``secret``; kept apart from `values`, so that no contact can pose as one.
    """
    sent = {"accept": "application/json", "user-agent": USER_AGENT} | dict(headers) | template.headers
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


def fill(template: object, values: Mapping[str, str]) -> object:
    """Replace the places in a template, nested ones too.

    Returns:
        The filled template; None where an input is not known or nothing is left.
    """
    if isinstance(template, str):
        names = _PLACE.findall(template)
        if any(name not in values for name in names):
            return None
        return _PLACE.sub(lambda place: values[place[1]], template)
    if isinstance(template, dict):
        members = {name: fill(value, values) for name, value in template.items()}
        kept = {name: value for name, value in members.items() if value is not None}
        return kept if kept or not template else None
    if isinstance(template, list | tuple):
        items = [item for part in template if (item := fill(part, values)) is not None]
        return items if items or not template else None
    return template


def _path(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: quote(values.get(place[1], ""), safe=""), template)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
