"""Make the HTTP request of a template: inputs, parts of tickets and credentials filled in."""

import base64
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus

import msgspec
from yarl import URL

from app.providers.declaration.auth import Auth
from app.providers.declaration.filling import PLACEHOLDER, Fill, compiled, fill
from app.providers.declaration.messages import RequestTemplate

USER_AGENT = "leadrun/0.2"
# Texts that need no percent-encoding (RFC 3986, 2.3).
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch
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


class PreparedRequest:
    """A template with everything filled in that is the same for each call of it."""

    def __init__(
        self,
        template: RequestTemplate,
        *,
        base_url: str,
        auth: Auth,
        headers: Mapping[str, str],
        credentials: Mapping[str, str],
    ) -> None:
        """Prepare.

        Args:
            template: The declared request.
            base_url: Of the provider.
            auth: Where the credentials go.
            headers: Constant ones of the provider.
            credentials: ``key`` and ``secret``; kept apart from the values of a call, so that no contact poses as one.
        """
        sent = _HEADERS | {name.lower(): value for name, value in headers.items()}
        for name, pattern in auth.headers.items():
            sent[name.lower()] = str(fill(pattern, credentials) or "")
        if auth.basic:
            pair = ":".join(str(fill(part, credentials) or "") for part in auth.basic)
            sent["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        if template.form is not None:
            sent.setdefault("content-type", "application/x-www-form-urlencoded")
        elif template.json is not None:
            sent.setdefault("content-type", "application/json")
        query = {name: compiled(value) for name, value in template.query.items()}
        query |= {name: _constant(fill(pattern, credentials)) for name, pattern in auth.query.items()}
        self._method, self._headers = template.method, sent
        self._base_url, self._path = str(URL(base_url)).rstrip("/"), template.path
        self._query = _encoder(query)
        self._form = None if template.form is None else _encoder({n: compiled(v) for n, v in template.form.items()})
        self._json = None if template.json is None else compiled(template.json)

    def fill(self, values: Mapping[str, str]) -> Request:
        """Make the request of a call from the contact's inputs and the ticket's parts."""
        content: bytes | None = None
        if self._form is not None:
            content = self._form(values).encode()
        elif self._json is not None:
            content = msgspec.json.encode(self._json(values))
        url = self._base_url + (_path(self._path, values) if "{" in self._path else self._path)
        asked = self._query(values)
        return Request(
            method=self._method,
            url=f"{url}?{asked}" if asked else url,
            headers=self._headers,
            content=content or None,
        )


def _constant(value: object) -> Fill:
    """Return a part that is the same for each call: a key that looks like a placeholder is none."""
    return lambda _: value


def _encoder(parts: Mapping[str, Fill]) -> Callable[[Mapping[str, str]], str]:
    """Return the function that writes pairs URL-encoded, without those of an unknown input."""
    pairs = [(f"{quote_plus(name)}=", part) for name, part in parts.items()]

    def encode(values: Mapping[str, str]) -> str:
        texts = []
        for name, part in pairs:
            value = part(values)
            if value is not None:
                text = value if isinstance(value, str) else _text(value)
                texts.append(name + (text if _UNRESERVED(text) else quote_plus(text)))
        return "&".join(texts)

    return encode


def _path(template: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda place: quote(values.get(place[1], ""), safe=""), template)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
