"""The switches of the frame: account, live or test, light or dark."""

from uuid import UUID

from app.domain.errors import UnknownIdError
from app.domain.vocabulary import Mode
from app.web.entry.log_in import own_page
from app.web.frame import security
from app.web.frame.page import Access, Answer, page, public_page
from app.web.frame.viewer import Viewer, Visitor


@page("POST", "/app/switch", access=Access.PERSON)
async def switch(viewer: Viewer) -> Answer:
    """Show another account or mode, on the same kind of page: single things belong to one of them."""
    form = await viewer.form()
    shown: dict[str, object] = {}
    if form.has("mode"):
        shown["mode"] = form.choice("mode", Mode, viewer.mode).value
    if form.has("account"):
        own = {str(account.id) for account in viewer.session.accounts}
        if form.value("account") not in own:
            raise UnknownIdError("account")
        shown["account_id"] = UUID(form.value("account"))
    if shown:
        await viewer.dependencies.sign_in.show(viewer.session.session_id, **shown)
    return viewer.redirect(_section(form.value("back")))


@public_page("POST", "/app/theme")
async def set_theme(visitor: Visitor) -> Answer:
    """Keep the chosen look in a cookie."""
    form = await visitor.form()
    chosen = form.value("theme") if form.value("theme") in {"light", "dark"} else ""
    return visitor.redirect(own_page(form.value("back")), cookies=((security.THEME_COOKIE, chosen),))


def _section(path: str) -> str:
    """Return the first page of the section that a path lies in; a form for something new is of both modes."""
    page_path = own_page(path).partition("?")[0]
    return page_path if page_path.endswith("/new") else "/".join(page_path.split("/")[:3])
