"""The accounts of the installation, and their credits."""

from http import HTTPStatus

from app.domain.errors import InvalidInputError, UnknownIdError
from app.store.accounts.overview import one_account, overview
from app.usecases.accounts.manage_accounts import ManageAccounts
from app.usecases.accounts.manage_keys import ManageKeys
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer

MOST_SHOWN = 1000
MOST_CREDITS = 1_000_000_000
MAX_ACCOUNT = 100
_ACCOUNTS = "/app/operator/accounts"


@page("GET", "/app/operator/accounts", access=Access.OPERATOR)
async def list_accounts(viewer: Viewer) -> Answer:
    """List the accounts."""
    return await _page(viewer, Form())


@page("POST", "/app/operator/accounts", access=Access.OPERATOR)
async def create_account(viewer: Viewer) -> Answer:
    """Make an account."""
    form = await viewer.form()
    name = form.text("name", most=MAX_ACCOUNT)
    if not form.faults:
        try:
            await ManageAccounts(viewer.services).create(name)
        except InvalidInputError as error:
            form.refused(error)
    return await _page(viewer, form) if form.faults else viewer.redirect(_ACCOUNTS)


@page("POST", "/app/operator/accounts/{account_id}/credits", access=Access.OPERATOR)
async def add_credits(viewer: Viewer) -> Answer:
    """Add credits to an account."""
    form, account_id = await viewer.form(), viewer.path_id("account_id", "account")
    amount = form.integer("amount", least=1, most=MOST_CREDITS)
    async with viewer.services.read() as connection:
        account = await one_account(connection, account_id)
    if account is None:
        raise UnknownIdError("account")
    if amount is None:
        form.fault("", f"Credits for {account.name}: write a whole number from 1 to {MOST_CREDITS:,}")
        return await _page(viewer, form)
    await ManageKeys(viewer.services).grant(account=account.name, amount=amount)
    return viewer.redirect(_ACCOUNTS)


async def _page(viewer: Viewer, form: Form) -> Answer:
    async with viewer.services.read() as connection:
        rows = await overview(connection, MOST_SHOWN)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK
    return viewer.render("operator/accounts.html", form=form, accounts=rows, most=MOST_SHOWN, status=status)
