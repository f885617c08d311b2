"""The log-in and its end."""

from http import HTTPStatus
from urllib.parse import urlsplit

from app.domain.errors import RateLimitedError
from app.domain.people.credentials import MAX_EMAIL, MAX_PASSWORD, WrongCredentialsError
from app.web.frame import security
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page, public_page
from app.web.frame.viewer import Viewer, Visitor

HOME = "/app"


def own_page(path: str) -> str:
    """Return a path of the app that a request names; the home page where it leads anywhere else."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    elsewhere = parts.scheme or parts.netloc or "\\" in path or not (path.isascii() and path.isprintable())
    return HOME if elsewhere or not (parts.path == HOME or parts.path.startswith(f"{HOME}/")) else path


@public_page("GET", "/app/login")
async def show_log_in(visitor: Visitor) -> Answer:
    """Show the log-in."""
    if isinstance(visitor, Viewer):
        return visitor.redirect(own_page(visitor.query("next", HOME)))
    return log_in_page(visitor, Form(), visitor.query("next"))


@public_page("POST", "/app/login")
async def log_in(visitor: Visitor) -> Answer:
    """Begin a session."""
    form = await visitor.form()
    email, password = form.text("email", most=MAX_EMAIL), form.value("password")
    if len(password) > MAX_PASSWORD or not password:
        form.fault("password", "must not be empty" if not password else WrongCredentialsError.sentence)
    if not form.faults:
        try:
            secret = await visitor.dependencies.sign_in(email, password, address=visitor.address, agent=visitor.agent)
        except (WrongCredentialsError, RateLimitedError) as error:
            form.stopped(error)
        else:
            return visitor.redirect(own_page(form.value("next") or HOME), cookies=session_cookies(secret))
    return log_in_page(visitor, form, form.value("next"))


@page("POST", "/app/logout", access=Access.PERSON)
async def log_out(viewer: Viewer) -> Answer:
    """End this session."""
    await viewer.dependencies.sign_in.end(viewer.session.user_id, viewer.session.session_id)
    return viewer.redirect("/app/login", cookies=((security.SESSION_COOKIE, ""),))


def log_in_page(visitor: Visitor, form: Form, back: str, *, status: HTTPStatus | None = None) -> Answer:
    """Answer with the log-in, and what stopped the last one; from there it goes on to `back`."""
    status = status or (HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK)
    return visitor.render("entry/log_in.html", form=form, next=back, mail=visitor.dependencies.mail, status=status)


def session_cookies(secret: str) -> tuple[tuple[str, str], ...]:
    """Return the cookies of a new session; that of the forms before it goes."""
    return (security.SESSION_COOKIE, secret), (security.FORM_COOKIE, "")
