"""A real OpenID Connect provider on loopback, whose answers a test may spoil on their way."""

import base64
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import oidc_provider_mock
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

from tests.api.door import NO_TLS

Spoil = Callable[[Request, Response], Response]


class PlayedProvider:
    """The provider.

    Attributes:
        url: Its issuer.
        spoil: Changes answers; None leaves them.
        scope: What it understands of the scope that it is asked for; empty for all of it.
        asked: The paths that were asked for, and how.
    """

    def __init__(self) -> None:
        self.url = ""
        self.spoil: Spoil | None = None
        self.scope = ""
        self.asked: list[str] = []
        self._app = oidc_provider_mock.app(require_client_registration=True, require_nonce=True)
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer as the provider does, which knows no PKCE: that is checked here (RFC 7636)."""
        # Read here, and by the provider once more.
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        if self.scope:
            environ["QUERY_STRING"] = environ["QUERY_STRING"].replace("openid+email+profile", self.scope)
        request = Request(environ)
        self.asked.append(f"{request.method} {request.path}")
        if request.path == "/oauth2/token" and not self._is_proven(request.form):
            answer = _json({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        else:
            environ["wsgi.input"].seek(0)
            answer = Response(*run_wsgi_app(self._app, environ))
        if request.path == "/oauth2/authorize" and request.method == "POST":
            self._remember(request, answer)
        if self.spoil:
            answer = self.spoil(request, answer)
        return answer(environ, start_response)

    def _remember(self, request: Request, answer: Response) -> None:
        assert request.args["code_challenge_method"] == "S256"
        for code in parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code", []):
            self._challenges[code] = request.args["code_challenge"]

    def _is_proven(self, form: Any) -> bool:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return self._challenges.get(form.get("code", "")) == challenge

    def as_at_first(self) -> None:
        """Spoil nothing, and forget what was asked."""
        self.spoil, self.scope = None, ""
        self.asked.clear()

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=NO_TLS, timeout=120)

    def register(self, callback: str, method: str = "client_secret_basic") -> tuple[str, str]:
        """Make a client; returns its id and secret."""
        body = {"redirect_uris": [callback], "token_endpoint_auth_method": method}
        with self.client() as client:
            made = client.post("/oauth2/clients", json=body).json()
        return made["client_id"], made["client_secret"]

    def person(self, subject: str, **claims: object) -> None:
        """Make a person, or give one other claims."""
        with self.client() as client:
            assert client.put(f"/users/{subject}", json=claims).status_code == HTTPStatus.NO_CONTENT

    def confirm(self, url: str, subject: str, **form: str) -> str:
        """Sign in at the provider as a browser does; returns the path and query that it leads back to."""
        with self.client() as client:
            answer = client.post(url, data={"sub": subject, **form})
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def answering(path: str, change: Callable[[dict[str, Any]], object], status: int = 200) -> Spoil:
    """Spoil the JSON of one path."""

    def spoil(request: Request, answer: Response) -> Response:
        if request.path != path:
            return answer
        return _json(change(json.loads(answer.get_data())), status)

    return spoil


def with_query(back: str, **values: str) -> str:
    """Return a path with other parameters in its query; an empty one goes."""
    path, _, query = back.partition("?")
    kept = {name: found[0] for name, found in parse_qs(query).items()} | values
    return f"{path}?{urlencode({name: value for name, value in kept.items() if value})}"


@contextmanager
def played_provider() -> Iterator[PlayedProvider]:
    """Serve on a free port of loopback."""
    # The provider is made for tests, and refuses to be asked without TLS unless it is set to.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    provider = PlayedProvider()
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del os.environ["AUTHLIB_INSECURE_TRANSPORT"]
