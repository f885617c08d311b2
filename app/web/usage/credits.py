"""Show the ledger of an account and the prices of the plans."""

from uuid import UUID

from app.domain.accounts.pricing import EntryKind, Plan
from app.domain.vocabulary import Mode, ResultStatus
from app.store.accounts import ledger
from app.usecases.accounts.balance import read_balance
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer

PAGE_ENTRIES = 50
KINDS = {
    EntryKind.GRANT: "added",
    EntryKind.CHARGE: "charged",
    EntryKind.REFUND: "given back",
    EntryKind.HOLD: "held for a list",
    EntryKind.RELEASE: "released of a list",
}
_RESULTS = {ResultStatus.FOUND: "found", ResultStatus.NOT_FOUND: "not found", ResultStatus.ERROR: "no answer"}


def _cursor(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def prices(plan: Plan) -> str:
    """Write the prices of a plan in one sentence or two."""
    if plan.email == plan.phone == plan.all:
        charged = f"{plan.email} for each look-up, whatever it asks for"
    else:
        charged = f"{plan.email} for an e-mail address, {plan.phone} for a phone number, {plan.all} for both"
    back = [words for result, words in _RESULTS.items() if result in plan.refunds]
    if plan.refund_bounces:
        back.append("found, but reported as wrong")
    refunds = f"Given back when the result is: {', '.join(back)}." if back else "A miss costs the same."
    return f"Credits: {charged}. {refunds} Duplicates, joined and test look-ups are free."


@page("GET", "/app/usage/credits")
async def show_credits(viewer: Viewer) -> Answer:
    """Show the balance, the entries of the ledger and the prices."""
    balance = await read_balance(viewer.services, viewer.owner)
    entries = []
    async with viewer.services.read() as connection:
        plans = await ledger.plans(connection)
        if viewer.mode is Mode.LIVE:
            after = _cursor(viewer.query("after"))
            entries = await ledger.statement(connection, viewer.account.id, before=after, limit=PAGE_ENTRIES + 1)
    shown = entries[:PAGE_ENTRIES]
    return viewer.render(
        "usage/credits.html",
        balance=balance,
        entries=shown,
        after=shown[-1].id if len(entries) > PAGE_ENTRIES else None,
        kinds=KINDS,
        prices={plan.name: prices(plan) for plan in plans.values()},
        tab="credits",
    )
