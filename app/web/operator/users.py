"""The people of the installation."""

from http import HTTPStatus

from app.domain.errors import InvalidInputError, UnknownIdError
from app.domain.people.credentials import MAX_EMAIL
from app.domain.people.role import Role
from app.store.accounts import keys
from app.store.people import users
from app.usecases.people.links import LinkKind, link_path
from app.usecases.people.mailed_links import HandedLink
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer

MOST_SHOWN = 1000
MAX_ACCOUNT = 100


@page("GET", "/app/operator/users", access=Access.OPERATOR)
async def list_users(viewer: Viewer) -> Answer:
    """List the people."""
    return await _page(viewer, Form())


@page("POST", "/app/operator/users", access=Access.OPERATOR)
async def invite_user(viewer: Viewer) -> Answer:
    """Invite a person to an account, as operator, or both."""
    form, services = await viewer.form(), viewer.services
    email = form.text("email", most=MAX_EMAIL)
    account = form.text("account", most=MAX_ACCOUNT, required=not form.has("operator"))
    account_id = None
    if account and not form.faults:
        async with services.read() as connection:
            account_id = await keys.account_named(connection, account)
        if account_id is None:
            form.fault("account", "is the name of no account; create it first")
    if not form.faults:
        try:
            secret = await viewer.dependencies.links.invite(
                email,
                account_id=account_id,
                role=form.choice("role", Role, Role.OWNER) if account_id else None,
                operator=form.has("operator"),
            )
        except InvalidInputError as error:
            form.refused(error)
        else:
            return await _handed(viewer, email, LinkKind.INVITE, secret)
    return await _page(viewer, form)


@page("POST", "/app/operator/users/{user_id}", access=Access.OPERATOR)
async def change_user(viewer: Viewer) -> Answer:
    """Make a person an operator or not, lock them out or let them in, or make a link that sets a password."""
    form, user_id = await viewer.form(), viewer.path_id("user_id", "person")
    people = viewer.dependencies.people
    async with viewer.services.read() as connection:
        user = await users.by_id(connection, user_id)
    if user is None:
        raise UnknownIdError("person")
    try:
        match form.value("do"):
            case "reset":
                secret = await viewer.dependencies.links.reset(user.email)
                return await _handed(viewer, user.email, LinkKind.RESET, secret)
            case "operator" | "no operator" as wish:
                await people.set_operator(user_id, operator=wish == "operator")
            case "disable" | "enable" as wish:
                await people.set_disabled(user_id, disabled=wish == "disable")
            case _:
                form.fault("", "Choose what to do")
    except InvalidInputError as error:
        form.fault("", f"{user.email} {error.problems[0].message}")
    return await _page(viewer, form) if form.faults else viewer.redirect("/app/operator/users")


async def _handed(viewer: Viewer, email: str, kind: LinkKind, secret: str) -> Answer:
    link = viewer.origin + link_path(kind, secret)
    handed = await viewer.dependencies.mail.hand_over(email, link, kind, by=viewer.session.email)
    return await _page(viewer, Form(), handed, invited=kind is LinkKind.INVITE)


async def _page(viewer: Viewer, form: Form, handed: HandedLink | None = None, *, invited: bool = False) -> Answer:
    async with viewer.services.read() as connection:
        rows = await users.everyone(connection, MOST_SHOWN)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    roles = [(role.value, role.value) for role in Role]
    return viewer.render(
        "operator/users.html", form=form, users=rows, roles=roles, handed=handed, invited=invited, status=status
    )
