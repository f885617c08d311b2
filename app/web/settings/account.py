"""The settings of an account: its name, how long data is kept, its webhook secret, and the danger zone."""

from http import HTTPStatus

from app.domain.errors import InvalidInputError
from app.usecases.webhooks.signing_secrets import SigningSecrets, read_webhook_secrets, rotate_webhook_secret
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer

MAX_ACCOUNT_NAME = 100


@page("GET", "/app/settings")
async def show_account(viewer: Viewer) -> Answer:
    """Show the settings of the account."""
    return _page(viewer, Form())


@page("POST", "/app/settings", access=Access.OWNER)
async def rename_account(viewer: Viewer) -> Answer:
    """Give the account another name."""
    form = await viewer.form()
    name = form.text("name", most=MAX_ACCOUNT_NAME)
    if not form.faults:
        await viewer.dependencies.people.rename_account(viewer.account.id, name)
        return viewer.redirect("/app/settings")
    return _page(viewer, form)


@page("POST", "/app/settings/secret")
async def show_account_secret(viewer: Viewer) -> Answer:
    """Show the secret that signs for URLs that requests name; the first look makes one."""
    return _page(viewer, Form(), await read_webhook_secrets(viewer.services, viewer.owner))


@page("POST", "/app/settings/secret/rotate")
async def rotate_account_secret(viewer: Viewer) -> Answer:
    """Make a new secret for the URLs that requests name, and show it."""
    return _page(viewer, Form(), await rotate_webhook_secret(viewer.services, viewer.owner))


@page("POST", "/app/settings/stop", access=Access.OWNER)
async def stop_account(viewer: Viewer) -> Answer:
    """Revoke every key of the account, live and test, whose name the person wrote."""
    form = await viewer.form()
    form.confirm("confirm", viewer.account.name)
    if form.faults:
        return _page(viewer, form)
    await viewer.dependencies.people.stop_account(viewer.account.id)
    return viewer.redirect("/app/keys")


@page("POST", "/app/settings/leave", access=Access.VIEWER)
async def leave_account(viewer: Viewer) -> Answer:
    """End the person's own membership."""
    form = await viewer.form()
    try:
        await viewer.dependencies.people.remove(viewer.account.id, viewer.session.user_id)
    except InvalidInputError:
        form.fault("", "You are the last owner of this account; make another member an owner first")
        return _page(viewer, form)
    return viewer.redirect("/app")


def _page(viewer: Viewer, form: Form, secrets: SigningSecrets | None = None) -> Answer:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    kept = viewer.services.settings
    return viewer.render("settings/account.html", form=form, kept=kept, secrets=secrets, status=status)
