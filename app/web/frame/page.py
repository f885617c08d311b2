"""Declares a page on its handler: the route, who may see it, and the test of its doors are made from the declaration.

@page("GET", "/app/keys")
async def list_keys(viewer: Viewer) -> Answer:
    \"\"\"List the keys.\"\"\"
    return viewer.render("keys/list.html", keys=await read_keys(viewer))
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import msgspec
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from app.domain.people.role import Role
from app.web.frame.viewer import Viewer, Visitor

Answer = ASGIResponse | Stream
PageHandler = Callable[[Viewer], Awaitable[Answer]]
PublicPageHandler = Callable[[Visitor], Awaitable[Answer]]

# What a form without files may send, in bytes.
FORM_BYTES = 65_536


class Access(StrEnum):
    """The people who may see a page: all, those signed in, those of a role in the account, operators."""

    PUBLIC = "public"
    PERSON = "person"
    VIEWER = Role.VIEWER.value
    MEMBER = Role.MEMBER.value
    OWNER = Role.OWNER.value
    OPERATOR = "operator"

    @property
    def role(self) -> Role | None:
        """The role that is needed in the account; None where no account is needed."""
        return Role(self.value) if self.value in set(Role) else None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    Attributes:
        handler: Takes a `Viewer`, or a `Visitor` where everyone may see the page.
        most_bytes: Of a request's body.
    """

    method: str
    path: str
    handler: Callable[[Any], Awaitable[Answer]]
    access: Access
    most_bytes: int

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


def page(
    method: str, path: str, *, access: Access | None = None, most_bytes: int = FORM_BYTES
) -> Callable[[PageHandler], Page]:
    """Declare a page for people who are signed in; without an `access` viewers see a GET and members do the rest."""
    usual = Access.VIEWER if method == "GET" else Access.MEMBER

    def declare(handler: PageHandler) -> Page:
        return Page(method=method, path=path, handler=handler, access=access or usual, most_bytes=most_bytes)

    return declare


def public_page(method: str, path: str) -> Callable[[PublicPageHandler], Page]:
    """Declare a page that everyone may see."""

    def declare(handler: PublicPageHandler) -> Page:
        return Page(method=method, path=path, handler=handler, access=Access.PUBLIC, most_bytes=FORM_BYTES)

    return declare
