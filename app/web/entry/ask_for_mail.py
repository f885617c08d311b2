"""The pages that send a mail to an address: sign-up, and the forgotten password."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from app.domain.errors import InvalidInputError, RateLimitedError
from app.domain.people.credentials import MAX_EMAIL
from app.mail import MailError
from app.web.frame.form import Form
from app.web.frame.page import Answer, public_page
from app.web.frame.viewer import Visitor


@public_page("GET", "/app/signup")
async def show_sign_up(visitor: Visitor) -> Answer:
    """Show the sign-up, or how people come in otherwise."""
    return _page(visitor, "sign_up", Form())


@public_page("POST", "/app/signup")
async def sign_up(visitor: Visitor) -> Answer:
    """Mail the link that opens an account."""
    mail = visitor.dependencies.mail
    return await _ask(visitor, "sign_up", mail.ask_to_sign_up if mail.is_open else None)


@public_page("GET", "/app/forgot")
async def show_forgot(visitor: Visitor) -> Answer:
    """Show the form that mails a link for a new password."""
    return _page(visitor, "forgot", Form())


@public_page("POST", "/app/forgot")
async def forgot(visitor: Visitor) -> Answer:
    """Mail the link that sets a new password."""
    mail = visitor.dependencies.mail
    return await _ask(visitor, "forgot", mail.ask_for_reset if mail.can_mail else None)


async def _ask(visitor: Visitor, name: str, ask: Callable[..., Awaitable[None]] | None) -> Answer:
    form = await visitor.form()
    email = form.text("email", most=MAX_EMAIL)
    if ask is None:
        form.fault("", "No mail was sent: this is switched off here")
    elif not form.faults:
        try:
            await ask(email, address=visitor.address)
        except InvalidInputError as error:
            form.refused(error)
        except RateLimitedError as error:
            form.stopped(error, "mails")
        except MailError as error:
            form.fault("", error.sentence)
    return _page(visitor, name, form, asked="" if form.faults else email)


def _page(visitor: Visitor, name: str, form: Form, *, asked: str = "") -> Answer:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    given = visitor.services.settings.signup_credits
    mail = visitor.dependencies.mail
    return visitor.render(f"entry/{name}.html", form=form, asked=asked, credits=given, mail=mail, status=status)
