"""Decide who may see a page: find the session of a request, and answer visitors that may not."""

from http import HTTPStatus
from urllib.parse import quote

from litestar.response.base import ASGIResponse

from app.web.frame import security
from app.web.frame.dependencies import WebDependencies
from app.web.frame.page import Access, Answer, Page
from app.web.frame.request import WebRequest
from app.web.frame.templates import Templates
from app.web.frame.viewer import Viewer, Visitor

LOGIN = "/app/login"


class DoorError(Exception):
    """The person may not do this; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence."""
        super().__init__(sentence)
        self.sentence = sentence


async def visitor_of(request: WebRequest, dependencies: WebDependencies, templates: Templates) -> Visitor:
    """Return the viewer of a request whose session lives, else a visitor.

    Raises:
        RateLimitedError: The address has sent too many sessions that are over or unknown.
        UnavailableError: The database cannot be reached.
    """
    bound = security.can_bind(request, dependencies.trusted_proxies, dependencies.services.settings.public_url)
    kept = request.cookies.get(security.cookie_name(security.FORM_COOKIE, bound=bound), "")
    visitor = Visitor(request, dependencies, templates, kept or security.new_secret(), is_new=not kept)
    secret = request.cookies.get(security.cookie_name(security.SESSION_COOKIE, bound=bound), "")
    session = await dependencies.sign_in.find(secret, address=visitor.address) if secret else None
    return Viewer(request, dependencies, templates, secret, session) if session else visitor


async def answer(page: Page, visitor: Visitor) -> Answer:
    """Answer a request for a page, if its person may see it and one of our own forms has sent it.

    Raises:
        DoorError: They may not.
    """
    if page.access is not Access.PUBLIC and not isinstance(visitor, Viewer):
        return _to_login(page, visitor)
    if isinstance(visitor, Viewer) and page.access is not Access.PUBLIC:
        _check(page.access, visitor)
    visitor.most_bytes = page.most_bytes
    if not page.uploads or not isinstance(visitor, Viewer):
        return await _handled(page, visitor)
    async with visitor.dependencies.places.upload(visitor.account.id) as place:
        visitor.count = place.count
        return await _handled(page, visitor)


async def _handled(page: Page, visitor: Visitor) -> Answer:
    if page.method != "GET" and await visitor.is_forged():
        raise DoorError("This form was open for too long, or was not ours. Go back, load the page again, and repeat.")
    return await page.handler(visitor)


def _check(access: Access, viewer: Viewer) -> None:
    if access is Access.OPERATOR and not viewer.session.operator:
        raise DoorError("Only operators of this installation may see this page.")
    if access.role is None:
        return
    if viewer.session.account is None:
        raise DoorError("You belong to no account. Ask its owner for an invitation.")
    if not viewer.may(access.role):
        role = viewer.account.role.value
        raise DoorError(f"Your role in {viewer.account.name} is {role}; this needs {access.role.value}. Ask an owner.")


def _to_login(page: Page, visitor: Visitor) -> ASGIResponse:
    """Lead to the log-in, and from there back to the page, if it only shows something."""
    http = visitor.http
    there = http.url.path + (f"?{http.url.query}" if http.url.query else "")
    target = LOGIN if page.method != "GET" or there == "/app" else f"{LOGIN}?next={quote(there)}"
    if http.headers.get("hx-request"):
        # A part of a page would else be replaced by the log-in form.
        return ASGIResponse(status_code=HTTPStatus.OK, headers={"hx-redirect": target})
    return visitor.redirect(target)
