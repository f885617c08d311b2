"""The pages of API keys."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from app.domain.accounts.key_terms import Scope, TooManyKeysError
from app.domain.accounts.pricing import PLANS
from app.web.frame.form import Form
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer
from app.web.keys.key_form import ENDS, GRACE_HOURS, SCOPES, read_plan, read_terms
from app.web.keys.shown_key import ACTIVE_DAYS, ShownKey, own_keys, read_key, read_keys

_NEW: dict[str, Any] = {
    "scopes": SCOPES,
    "ends": ENDS,
    "plans": [
        (one.name, f"{one.name}: e-mail {one.email}, phone {one.phone}, both {one.all}") for one in PLANS.values()
    ],
    "by_default": [Scope.SUBMIT.value, Scope.READ.value],
}


@page("GET", "/app/keys")
async def list_keys(viewer: Viewer) -> Answer:
    """List the keys."""
    return viewer.render("keys/list.html", keys=await read_keys(viewer), days=ACTIVE_DAYS)


@page("GET", "/app/keys/new")
async def show_new_key(viewer: Viewer) -> Answer:
    """Show the form for a key."""
    return viewer.render("keys/new.html", form=Form(), **_NEW)


@page("POST", "/app/keys")
async def create_key(viewer: Viewer) -> Answer:
    """Make a key; this answer is the only time that it is shown."""
    form = await viewer.form()
    terms, plan = read_terms(form, viewer), read_plan(form)
    if not form.faults:
        try:
            text, key = await own_keys(viewer, plan).create(terms)
        except TooManyKeysError as error:
            form.fault("", error.message)
        else:
            return viewer.render("keys/created.html", text=text, key=key, old=None, status=HTTPStatus.CREATED)
    return viewer.render("keys/new.html", form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY, **_NEW)


@page("GET", "/app/keys/{key_id}")
async def show_key(viewer: Viewer) -> Answer:
    """Show a key."""
    return _page(viewer, await read_key(viewer), Form())


@page("POST", "/app/keys/{key_id}")
async def change_key(viewer: Viewer) -> Answer:
    """Change name, scopes, networks and limit of a key."""
    shown, form = await read_key(viewer), await viewer.form()
    terms = read_terms(form, viewer)
    if form.faults:
        return _page(viewer, shown, form)
    changes = {"name": terms.name, "scopes": terms.scopes, "networks": terms.networks, "rate_limit": terms.rate_limit}
    await own_keys(viewer).change(shown.key.id, changes)
    return viewer.redirect(f"/app/keys/{shown.key.id}")


@page("POST", "/app/keys/{key_id}/rotate")
async def rotate_key(viewer: Viewer) -> Answer:
    """Make a key in place of one, which works on for a while."""
    shown, form = await read_key(viewer), await viewer.form()
    hours = form.integer("grace", least=0, most=24 * 366)
    if form.faults or shown.is_app:
        return _page(viewer, shown, form)
    text, key = await own_keys(viewer).rotate(shown.key.id, timedelta(hours=hours or 0))
    return viewer.render("keys/created.html", text=text, key=key, old=shown, grace=hours, status=HTTPStatus.CREATED)


@page("POST", "/app/keys/{key_id}/revoke")
async def revoke_key(viewer: Viewer) -> Answer:
    """Revoke a key whose name the person wrote."""
    shown, form = await read_key(viewer), await viewer.form()
    form.confirm("confirm", shown.title)
    if form.faults:
        return _page(viewer, shown, form)
    await own_keys(viewer).revoke(shown.key.id)
    return viewer.redirect("/app/keys")


def _page(viewer: Viewer, shown: ShownKey, form: Form) -> Answer:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    return viewer.render(
        "keys/key.html", shown=shown, form=form, scopes=SCOPES, graces=GRACE_HOURS, days=ACTIVE_DAYS, status=status
    )
