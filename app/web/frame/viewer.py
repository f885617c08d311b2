"""The people before a page: a visitor, or a viewer who is signed in, with what a handler needs to answer them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.domain.accounts.client_address import client_address
from app.domain.accounts.owner import Owner
from app.domain.accounts.suspension import suspension_sentence
from app.domain.errors import UnknownIdError
from app.domain.people.role import Role
from app.domain.vocabulary import Mode
from app.services import Services
from app.usecases.people.sign_in import Account, SignedIn
from app.web.frame import security
from app.web.frame.dependencies import WebDependencies
from app.web.frame.form import Form
from app.web.frame.request import WebRequest
from app.web.frame.templates import Templates

Cookies = tuple[tuple[str, str], ...]
# What a form without files may send, in bytes.
FORM_BYTES = 65_536


def _uncounted(_size: int) -> None:
    """Count nothing."""


class Visitor:
    """The person before a public page.

    Attributes:
        http: The request: path, query, headers, body.
        csrf: The token that each form sends along.
        most_bytes: Of the form that the page takes.
        count: Takes the size of each piece of it as it arrives.
    """

    most_bytes = FORM_BYTES
    count: Callable[[int], None] = staticmethod(_uncounted)

    def __init__(
        self,
        http: WebRequest,
        dependencies: WebDependencies,
        templates: Templates,
        secret: str,
        *,
        is_new: bool = False,
    ) -> None:
        """Keep the request and the secret of its cookie, which the answer sets if it is new."""
        self.http = http
        self.dependencies = dependencies
        self.csrf = security.csrf_token(secret)
        self._templates = templates
        self._secret = secret
        self._is_new = is_new
        self._form: Form | None = None

    @property
    def services(self) -> Services:
        """The services of the process."""
        return self.dependencies.services

    @property
    def browser(self) -> str:
        """The secret of the cookie that this browser alone has, to bind what is begun in it."""
        return self._secret

    @property
    def theme(self) -> str:
        """The chosen look, `light` or `dark`; empty where the system decides."""
        name = security.cookie_name(security.THEME_COOKIE, bound=self.can_bind)
        # That of an earlier version is as good: it says nothing about the person.
        chosen = self.http.cookies.get(name) or self.http.cookies.get(security.THEME_COOKIE, "")
        return chosen if chosen in {"light", "dark"} else ""

    @property
    def locale(self) -> str:
        """How numbers are written: `de` or `en`."""
        return "de" if self.http.headers.get("accept-language", "").lower().startswith("de") else "en"

    @property
    def address(self) -> str:
        """The client's address, as a proxy that is trusted gives it."""
        forwarded = ",".join(self.http.headers.getall("x-forwarded-for", []))
        peer = self.http.client.host if self.http.client else ""
        return client_address(peer, forwarded, self.dependencies.trusted_proxies)

    @property
    def agent(self) -> str:
        """The browser's name for itself."""
        return self.http.headers.get("user-agent", "")

    @property
    def is_https(self) -> bool:
        """Whether the browser reaches us by HTTPS."""
        return security.is_https(self.http, self.dependencies.trusted_proxies, self.services.settings.public_url)

    @property
    def can_bind(self) -> bool:
        """Whether the browser takes cookies of this very host."""
        return security.can_bind(self.http, self.dependencies.trusted_proxies, self.services.settings.public_url)

    @property
    def origin(self) -> str:
        """The address of this installation, for links that are copied and code that is pasted."""
        scheme = "https" if self.is_https else "http"
        return self.services.settings.public_url or f"{scheme}://{self.http.headers.get('host', self.http.url.netloc)}"

    @property
    def has_older_session(self) -> bool:
        """Whether the browser kept a session of a version whose cookie other hosts of the domain could set."""
        return self.can_bind and security.SESSION_COOKIE in self.http.cookies

    def query(self, name: str, default: str = "") -> str:
        """Read a parameter of the query, trimmed, and without the character NUL, which PostgreSQL knows in no text."""
        return str(self.http.query_params.get(name, default)).replace("\0", "").strip()

    def path_text(self, name: str) -> str:
        """Read a part of the path."""
        return str(self.http.path_params[name])

    def path_id(self, name: str, what: str) -> UUID:
        """Read an id from the path.

        Raises:
            UnknownIdError: It cannot be one; `what` names the kind of thing.
        """
        try:
            return UUID(self.path_text(name))
        except ValueError:
            raise UnknownIdError(what) from None

    async def form(self) -> Form:
        """Read the form that was sent."""
        if self._form is None:
            self._form = Form(await self.http.sent_form(self.most_bytes, self.count))
        return self._form

    def close(self) -> None:
        """Forget the file of the form."""
        if self._form and self._form.file:
            self._form.file.close()

    async def is_forged(self) -> bool:
        """Return whether a request that changes something lacks the token of our own pages."""
        if security.is_from_elsewhere(self.http.headers):
            return True
        token = self.http.headers.get(security.CSRF_HEADER) or (await self.form()).value(security.CSRF_FIELD)
        return not security.is_token(self._secret, token)

    def at_end(self, give_back: Callable[[], None]) -> None:
        """Call something when the request is over, however it ends."""
        self.http.scope["state"]["context"].at_end.append(give_back)

    def render(
        self,
        template: str,
        *,
        status: int = HTTPStatus.OK,
        cookies: Cookies = (),
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> ASGIResponse:
        """Answer with a page; the template finds the viewer as `viewer`, and each name of the context."""
        body = self._templates.render(template, viewer=self, now=self.services.now(), **context)
        ours = {"content-type": "text/html; charset=utf-8", "content-security-policy": security.POLICY}
        headers = ours | dict(headers or {})
        if self._is_new:
            cookies = (*cookies, (security.FORM_COOKIE, self._secret))
        return self._answer(status, headers, cookies, body)

    def redirect(self, path: str, *, cookies: Cookies = ()) -> ASGIResponse:
        """Answer that the browser goes on at another page, which it gets with GET."""
        return self._answer(HTTPStatus.SEE_OTHER, {"location": path}, cookies)

    def download(self, body: bytes, *, name: str, media_type: str) -> ASGIResponse:
        """Answer with a file to keep; its name is ours, so that it needs no quoting."""
        disposition = f'attachment; filename="{name}"'
        return ASGIResponse(body=body, headers={"content-type": media_type, "content-disposition": disposition})

    def _answer(self, status: int, headers: Mapping[str, str], cookies: Cookies, body: bytes = b"") -> ASGIResponse:
        written = [security.cookie(*one, secure=self.is_https, bound=self.can_bind) for one in cookies]
        written += [security.end_of_older(name) for name, _ in cookies if self.can_bind and name in self.http.cookies]
        set_cookies = [("set-cookie", one) for one in written]
        return ASGIResponse(body=body, status_code=int(status), headers=[*headers.items(), *set_cookies])


class Viewer(Visitor):
    """A person who is signed in, and the account and mode whose data their pages show."""

    def __init__(
        self,
        http: WebRequest,
        dependencies: WebDependencies,
        templates: Templates,
        secret: str,
        session: SignedIn,
    ) -> None:
        """Keep the session."""
        super().__init__(http, dependencies, templates, secret)
        self.session = session

    @property
    def mode(self) -> Mode:
        """Live or test, as the switch stands."""
        return self.session.mode

    @property
    def account(self) -> Account:
        """The account that the pages show; only pages of access `PERSON` and `OPERATOR` are seen without one."""
        if self.session.account is None:
            raise UnknownIdError("account")
        return self.session.account

    @property
    def owner(self) -> Owner:
        """The owner of every row that a page may read or change: this account in this mode."""
        return Owner(self.account.id, self.mode)

    def is_part(self, target: str) -> bool:
        """Return whether only the part of the page with this id is asked for, by htmx."""
        return self.http.headers.get("hx-target") == target

    async def is_still_here(self) -> bool:
        """Return whether the session lives and still shows this account and mode; it does not count as used.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        return await self.dependencies.sign_in.shows(self._secret, self.owner)

    @property
    def can_find(self) -> bool:
        """Whether a provider is set up that look-ups of this mode can ask."""
        return any(one.enabled for one in self.dependencies.registry.listing(self.mode))

    @property
    def suspension(self) -> str:
        """The sentence that the account is suspended; empty where it is not."""
        reason = self.session.suspension
        return "" if reason is None else suspension_sentence(reason)

    def may(self, role: str) -> bool:
        """Return whether the person's role in the account suffices for what a `role` may do."""
        return self.session.account is not None and self.session.account.role.may(Role(role))
