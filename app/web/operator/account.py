"""One account as its operator sees it: credits, plan, limits, suspension."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import UUID

from app.domain.accounts.pricing import PLANS
from app.domain.accounts.spend_cap import ALL_PROVIDERS, CapKey, CapPeriod, CapSetter, CapUnit
from app.domain.accounts.suspension import MAX_REASON
from app.domain.errors import InvalidInputError, UnknownIdError
from app.store.accounts import keys
from app.store.accounts.overview import one_account
from app.usecases.accounts.manage_accounts import ManageAccounts
from app.usecases.accounts.manage_caps import ManageCaps
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer

MOST_A_MINUTE = 1_000_000
MOST_CAP = 10_000_000
_CAPS = {
    f"{unit.value}_{period.value}": (unit, period)
    for unit in (CapUnit.CREDITS, CapUnit.USD)
    for period in (CapPeriod.DAY, CapPeriod.MONTH)
}


@page("GET", "/app/operator/accounts/{account_id}", access=Access.OPERATOR)
async def show_account(viewer: Viewer) -> Answer:
    """Show an account."""
    return await _page(viewer, await _account(viewer), Form())


@page("POST", "/app/operator/accounts/{account_id}/plan", access=Access.OPERATOR)
async def change_plan(viewer: Viewer) -> Answer:
    """Let the keys of the account pay by another plan."""
    account, form = await _account(viewer), await viewer.form()
    try:
        await ManageAccounts(viewer.services).set_plan(account.id, form.value("plan"))
    except InvalidInputError as error:
        form.refused(error)
        return await _page(viewer, account, form)
    return _back(viewer, account.id)


@page("POST", "/app/operator/accounts/{account_id}/limits", access=Access.OPERATOR)
async def change_limits(viewer: Viewer) -> Answer:
    """Set the rate of the account's keys and its caps; an empty field sets none."""
    account, form = await _account(viewer), await viewer.form()
    rate = form.integer("rate_limit", least=1, most=MOST_A_MINUTE)
    amounts = {name: _amount(form, name, unit) for name, (unit, _) in _CAPS.items()}
    if form.faults:
        return await _page(viewer, account, form)
    await ManageAccounts(viewer.services).set_rate_limit(account.id, rate)
    caps = ManageCaps(viewer.services)
    for name, (unit, period) in _CAPS.items():
        await caps.set(CapKey(account.id, ALL_PROVIDERS, period, unit, CapSetter.OPERATOR), amounts[name])
    return _back(viewer, account.id)


@page("POST", "/app/operator/accounts/{account_id}/suspend", access=Access.OPERATOR)
async def suspend(viewer: Viewer) -> Answer:
    """Suspend the account whose name the operator wrote."""
    account, form = await _account(viewer), await viewer.form()
    reason = form.text("reason", most=MAX_REASON, required=False)
    form.confirm("confirm", account.name)
    if form.faults:
        return await _page(viewer, account, form)
    await ManageAccounts(viewer.services).suspend(account.id, reason)
    return _back(viewer, account.id)


@page("POST", "/app/operator/accounts/{account_id}/resume", access=Access.OPERATOR)
async def resume(viewer: Viewer) -> Answer:
    """End the suspension."""
    account_id = (await _account(viewer)).id
    await ManageAccounts(viewer.services).resume(account_id)
    return _back(viewer, account_id)


def _amount(form: Form, name: str, unit: CapUnit) -> Decimal | None:
    if unit is CapUnit.USD:
        return form.dollars(name, MOST_CAP)
    whole = form.integer(name, least=0, most=MOST_CAP)
    return None if whole is None else Decimal(whole)


async def _account(viewer: Viewer) -> Any:  # noqa: ANN401 - a row of the store
    async with viewer.services.read() as connection:
        found = await one_account(connection, viewer.path_id("account_id", "account"))
    if found is None:
        raise UnknownIdError("account")
    return found


def _back(viewer: Viewer, account_id: UUID) -> Answer:
    return viewer.redirect(f"/app/operator/accounts/{account_id}")


async def _page(viewer: Viewer, account: Any, form: Form) -> Answer:  # noqa: ANN401 - a row of the store
    async with viewer.services.read() as connection:
        terms = await keys.terms_of_account(connection, account.id)
    set_caps = {
        (cap.unit, cap.period): f"{cap.amount.normalize():f}"
        for cap in await ManageCaps(viewer.services).of_account(account.id)
        if cap.set_by is CapSetter.OPERATOR and not cap.provider
    }
    rates = {row.rate_limit for row in terms}
    return viewer.render(
        "operator/account.html",
        account=account,
        form=form,
        plans=[(name, name) for name in PLANS],
        used=sorted({row.plan for row in terms}),
        rate=next(iter(rates)) if len(rates) == 1 else None,
        differ=len(rates) > 1,
        caps={name: set_caps.get(key, "") for name, key in _CAPS.items()},
        standard=viewer.services.settings.rate_limit,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.faults else HTTPStatus.OK,
    )
