"""The home page."""

from app.domain.runs.run_filter import RunFilter
from app.redis.provider_gate import ProviderGate
from app.store.accounts import keys
from app.store.runs import run_list
from app.store.webhooks import endpoints
from app.usecases.accounts.app_key import APP_DISPLAY
from app.web.frame.answer_words import state_of
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer

LAST_RUNS = 8
# Fewer days than this at the present pace, or fewer credits, and the page says so.
FEW_DAYS = 3
FEW_CREDITS = 20
MOST_KEYS = 50


@page("GET", "/app")
async def show_home(viewer: Viewer) -> Answer:
    """Show the state of the account."""
    owner, names = viewer.owner, set(viewer.dependencies.registry.names(viewer.mode))
    month = await viewer.dependencies.month(owner)
    async with viewer.services.read() as connection:
        own = [key for key in await keys.of_owner(connection, owner, MOST_KEYS) if key.display != APP_DISPLAY]
        targets = await endpoints.of_owners(connection, [owner])
        listing = run_list.listing(owner, RunFilter(), key_ids=None, before_id=None, limit=LAST_RUNS)
        last = await run_list.page(connection, listing)
    gates = [gate for gate in await ProviderGate(viewer.services.redis).states() if not gate.paused]
    days_left = month.days_left(viewer.session.balance)
    return viewer.render(
        "home/home.html",
        month=month,
        days_left=days_left,
        is_low=viewer.mode == "live"
        and (viewer.session.balance < FEW_CREDITS or (days_left is not None and days_left < FEW_DAYS)),
        keys=own,
        endpoints=targets,
        gates=[gate for gate in gates if gate.provider in names],
        last=[(run, state_of(run)) for run in last],
    )
