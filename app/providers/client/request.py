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

# A request by another method says that its body is empty, too (RFC 9110, 8.6).
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# These name a type for an empty body, too; a DELETE without one has none.
_TYPED = frozenset({"POST", "PUT", "PATCH"})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP request of a call; its headers and its target may hold a key.

    Attributes:
        origin: Scheme, host and port.
        target: Path and query (RFC 9112, 3.2.1).
        headers: Lines of the head that are the same for each call, the last one's end included.
        content: The body; None sends no word about one.
    """

    method: str
    origin: str
    target: str
    headers: str
    content: bytes | None = None

    def encode(self) -> bytes:
        """Return what is sent (RFC 9112, 2.1)."""
        head = f"{self.method} {self.target} HTTP/1.1\r\n{self.headers}"
        if self.content is None:
            return f"{head}\r\n".encode()
        return f"{head}content-length: {len(self.content)}\r\n\r\n".encode() + self.content

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
        elif template.method in _TYPED:
            sent.setdefault("content-type", "application/octet-stream")
        query = {name: compiled(value) for name, value in template.query.items()}
        query |= {name: _constant(fill(pattern, credentials)) for name, pattern in auth.query.items()}
        base = URL(base_url)
        lines = {"host": base.host_port_subcomponent} | sent
        # Keys are printable ASCII (`problems_of`), and so are tokens; nothing else of a header comes from outside.
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._method, self._path = template.method, template.path
        self._origin, self._base_path = str(base.origin()), base.raw_path.rstrip("/")
        self._has_body = template.method not in _WITHOUT_BODY
        self._query = _encoder(query)
        self._form = None if template.form is None else _encoder({n: compiled(v) for n, v in template.form.items()})
        self._json = None if template.json is None else compiled(template.json)

    def fill(self, values: Mapping[str, str]) -> Request:
        """Make the request of a call from the contact's inputs and the ticket's parts."""
        content = b"" if self._has_body else None
        if self._form is not None:
            content = self._form(values).encode()
        elif self._json is not None:
            content = msgspec.json.encode(self._json(values))
        path = self._base_path + (_path(self._path, values) if "{" in self._path else self._path) or "/"
        asked = self._query(values)
        return Request(
            method=self._method,
            origin=self._origin,
            target=f"{path}?{asked}" if asked else path,
            headers=self._headers,
            content=content,
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
