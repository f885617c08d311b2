"""The members of an account, and the invitations to it."""

from http import HTTPStatus

from app.domain.accounts.audit import AuditAction
from app.domain.errors import InvalidInputError, UnknownIdError
from app.domain.people.credentials import MAX_EMAIL
from app.domain.people.role import DUTIES, Role
from app.store.people import links, users
from app.usecases.audit.note import note
from app.usecases.people.links import LinkKind, link_path
from app.usecases.people.mailed_links import HandedLink
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer

_MEMBERS = "/app/settings/members"


@page("GET", "/app/settings/members")
async def show_members(viewer: Viewer) -> Answer:
    """Show the members and the open invitations."""
    return await _page(viewer, Form())


@page("POST", "/app/settings/members/{user_id}", access=Access.OWNER)
async def change_member(viewer: Viewer) -> Answer:
    """Give a member another role, or end the membership."""
    form, user_id = await viewer.form(), viewer.path_id("user_id", "member")
    people = viewer.dependencies.people
    try:
        if form.has("remove"):
            await people.remove(viewer.account.id, user_id)
        else:
            await people.set_role(viewer.account.id, user_id, form.choice("role", Role, Role.VIEWER))
    except InvalidInputError as error:
        form.fault("", f"This member {error.problems[0].message}")
        return await _page(viewer, form)
    return viewer.redirect(_MEMBERS)


@page("POST", "/app/settings/invites", access=Access.OWNER)
async def invite(viewer: Viewer) -> Answer:
    """Make an invitation; its link is shown this once."""
    form = await viewer.form()
    email, role = form.text("email", most=MAX_EMAIL), form.choice("role", Role, Role.MEMBER)
    if viewer.services.settings.signup == "off" and not viewer.session.operator:
        form.fault("", "Only operators of this installation invite people (LEADRUN_SIGNUP=off); ask one")
    if not form.faults:
        try:
            secret = await viewer.dependencies.links.invite(email, account_id=viewer.account.id, role=role)
        except InvalidInputError as error:
            form.refused(error)
        else:
            link = viewer.origin + link_path(LinkKind.INVITE, secret)
            mail = viewer.dependencies.mail
            handed = await mail.hand_over(email, link, LinkKind.INVITE, by=viewer.session.email)
            return await _page(viewer, Form(), handed)
    return await _page(viewer, form)


@page("POST", "/app/settings/invites/{link_id}/withdraw", access=Access.OWNER)
async def withdraw(viewer: Viewer) -> Answer:
    """Withdraw an invitation."""
    async with viewer.services.write() as connection:
        link_id = viewer.path_id("link_id", "invitation")
        if not await links.revoke(connection, LinkKind.INVITE, account_id=viewer.account.id, link_id=link_id):
            raise UnknownIdError("invitation")
        await note(connection, viewer.services, AuditAction.INVITATION_WITHDRAWN, viewer.account.id)
    return viewer.redirect(_MEMBERS)


async def _page(viewer: Viewer, form: Form, handed: HandedLink | None = None) -> Answer:
    async with viewer.services.read() as connection:
        members = await users.members(connection, viewer.account.id)
        invitations = await links.open_invitations(connection, viewer.account.id)
    return viewer.render(
        "settings/members.html",
        form=form,
        members=members,
        invitations=invitations,
        roles=[(role.value, f"{role.value}: {duty}") for role, duty in DUTIES.items()],
        handed=handed,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK,
    )
