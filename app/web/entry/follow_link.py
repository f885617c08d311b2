"""Links of one use: claim the installation, accept an invitation, open an account, set a new password."""

from http import HTTPStatus

from app.domain.errors import InvalidInputError, RateLimitedError
from app.domain.people.credentials import WrongCredentialsError
from app.usecases.people.links import LinkKind, OpenLink
from app.web.entry.log_in import HOME, session_cookies
from app.web.frame.form import Form
from app.web.frame.page import Answer, public_page
from app.web.frame.viewer import Visitor


async def _show(visitor: Visitor, kind: LinkKind) -> Answer:
    link = await visitor.dependencies.links.read(kind, visitor.path_text("secret"), address=visitor.address)
    return _page(visitor, link, Form())


async def _follow(visitor: Visitor, kind: LinkKind) -> Answer:
    form, secret = await visitor.form(), visitor.path_text("secret")
    link = await visitor.dependencies.links.read(kind, secret, address=visitor.address)
    if not link.known and form.value("password") != form.value("again"):
        form.fault("again", "differs from the password above")
    if not form.faults:
        try:
            session = await visitor.dependencies.links.follow(
                kind,
                secret,
                email=form.value("email"),
                name=form.value("name"),
                password=form.value("password"),
                sign_in=visitor.dependencies.sign_in,
                address=visitor.address,
                agent=visitor.agent,
            )
        except InvalidInputError as error:
            form.refused(error)
        except (WrongCredentialsError, RateLimitedError) as error:
            form.stopped(error)
        else:
            return visitor.redirect(HOME, cookies=session_cookies(session))
    return _page(visitor, link, form)


def _page(visitor: Visitor, link: OpenLink, form: Form) -> Answer:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    given = visitor.services.settings.signup_credits
    secret = visitor.path_text("secret")
    return visitor.render("entry/follow_link.html", link=link, secret=secret, form=form, credits=given, status=status)


@public_page("GET", "/app/claim/{secret}")
async def show_claim(visitor: Visitor) -> Answer:
    """Show the form that claims the installation."""
    return await _show(visitor, LinkKind.CLAIM)


@public_page("POST", "/app/claim/{secret}")
async def claim(visitor: Visitor) -> Answer:
    """Make the first operator."""
    return await _follow(visitor, LinkKind.CLAIM)


@public_page("GET", "/app/invite/{secret}")
async def show_invitation(visitor: Visitor) -> Answer:
    """Show the form that accepts an invitation."""
    return await _show(visitor, LinkKind.INVITE)


@public_page("POST", "/app/invite/{secret}")
async def accept_invitation(visitor: Visitor) -> Answer:
    """Join an account."""
    return await _follow(visitor, LinkKind.INVITE)


@public_page("GET", "/app/reset/{secret}")
async def show_reset(visitor: Visitor) -> Answer:
    """Show the form for a new password."""
    return await _show(visitor, LinkKind.RESET)


@public_page("POST", "/app/reset/{secret}")
async def reset(visitor: Visitor) -> Answer:
    """Set a new password, which ends every session of the person."""
    return await _follow(visitor, LinkKind.RESET)


@public_page("GET", "/app/signup/{secret}")
async def show_sign_up_link(visitor: Visitor) -> Answer:
    """Show the form that opens an account."""
    return await _show(visitor, LinkKind.SIGNUP)


@public_page("POST", "/app/signup/{secret}")
async def open_account(visitor: Visitor) -> Answer:
    """Open the account of a proven address."""
    return await _follow(visitor, LinkKind.SIGNUP)
