"""A person's own settings: name, password, sessions."""

from http import HTTPStatus

from app.domain.errors import InvalidInputError, RateLimitedError
from app.domain.people.credentials import MAX_PERSON_NAME
from app.store.people import sessions, users
from app.usecases.people.own_settings import OwnSettings
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer

_OWN = "/app/settings/sessions"


def _own(viewer: Viewer) -> OwnSettings:
    return OwnSettings(viewer.services, viewer.dependencies.sign_in, viewer.session)


@page("GET", "/app/settings/sessions", access=Access.PERSON)
async def show_own(viewer: Viewer) -> Answer:
    """Show name, password and sessions."""
    return await _page(viewer, Form())


@page("POST", "/app/settings/name", access=Access.PERSON)
async def rename(viewer: Viewer) -> Answer:
    """Change the person's name."""
    form = await viewer.form()
    name = form.text("name", most=MAX_PERSON_NAME, required=False)
    if form.faults:
        return await _page(viewer, form)
    await _own(viewer).rename(name)
    return viewer.redirect(_OWN)


@page("POST", "/app/settings/password", access=Access.PERSON)
async def set_password(viewer: Viewer) -> Answer:
    """Change the password, which ends every other session."""
    form = await viewer.form()
    if form.value("password") != form.value("again"):
        form.fault("again", "differs from the password above")
    if not form.faults:
        try:
            await _own(viewer).set_password(form.value("old"), form.value("password"), address=viewer.address)
        except InvalidInputError as error:
            form.refused(error)
        except RateLimitedError as error:
            form.stopped(error)
        else:
            return viewer.redirect(_OWN)
    return await _page(viewer, form)


@page("POST", "/app/settings/sessions/{session_id}/end", access=Access.PERSON)
async def end_session(viewer: Viewer) -> Answer:
    """End one session."""
    await _own(viewer).end_session(viewer.path_id("session_id", "session"))
    return viewer.redirect(_OWN)


@page("POST", "/app/settings/sessions/end-others", access=Access.PERSON)
async def end_others(viewer: Viewer) -> Answer:
    """End every session but this one."""
    await _own(viewer).end_others()
    return viewer.redirect(_OWN)


async def _page(viewer: Viewer, form: Form) -> Answer:
    async with viewer.services.read() as connection:
        rows = await sessions.of_user(connection, viewer.session.user_id)
        user = await users.by_id(connection, viewer.session.user_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    by_password = user is not None and user.password_hash is not None
    return viewer.render("settings/own.html", form=form, sessions=rows, by_password=by_password, status=status)
