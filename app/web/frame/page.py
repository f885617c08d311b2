"""Declare a page on its handler: the route, who may see it, and the test of its doors are made from the declaration.

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
from app.web.frame.viewer import FORM_BYTES, Viewer, Visitor

Answer = ASGIResponse | Stream
PageHandler = Callable[[Viewer], Awaitable[Answer]]
PublicPageHandler = Callable[[Visitor], Awaitable[Answer]]


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
        uploads: Whether its form brings a file, which takes a place among the uploads of the account.
    """

    method: str
    path: str
    handler: Callable[[Any], Awaitable[Answer]]
    access: Access
    most_bytes: int = FORM_BYTES
    uploads: bool = False

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


def page(
    method: str, path: str, *, access: Access | None = None, upload_bytes: int = 0
) -> Callable[[PageHandler], Page]:
    """Declare a page for people who are signed in; without an `access` viewers see a GET and members do the rest.

    Args:
        method: GET or POST.
        path: Its place.
        access: The people who may see it.
        upload_bytes: What its form may send where it brings a file.
    """
    usual = Access.VIEWER if method == "GET" else Access.MEMBER

    def declare(handler: PageHandler) -> Page:
        return Page(
            method=method,
            path=path,
            handler=handler,
            access=access or usual,
            most_bytes=upload_bytes or FORM_BYTES,
            uploads=upload_bytes > 0,
        )

    return declare


def public_page(method: str, path: str) -> Callable[[PublicPageHandler], Page]:
    """Declare a page that everyone may see."""

    def declare(handler: PublicPageHandler) -> Page:
        return Page(method=method, path=path, handler=handler, access=Access.PUBLIC)

    return declare
