"""Show what the account's look-ups of the last days would have come to under another waterfall."""

from datetime import timedelta

import msgspec

from app.domain.order.waterfall import Strategy
from app.domain.planning.quote import QuotedInterval
from app.usecases.accounts.app_key import app_principal
from app.usecases.planning.simulate import SimulateWaterfall, Simulation
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer

DAYS, DEFAULT_DAYS = (7, 30, 90, 365), 30
_ORIGINS = {"account": "yours", "installation": "of this installation", "built-in": "there for everybody"}


class Comparison(msgspec.Struct, frozen=True):
    """One amount as it was, and as it would have been, with bounds that hold in nine of ten cases."""

    now: float
    then: QuotedInterval

    @property
    def verdict(self) -> str:
        """The difference in a word or two; within the bounds there is no clear one."""
        if self.then.low <= self.now <= self.then.high:
            return "no clear difference"
        return "more" if self.then.low > self.now else "less"


@page("GET", "/app/providers/what-if", access=Access.MEMBER)
async def compare_waterfalls(viewer: Viewer) -> Answer:
    """Show the form, and the comparison once a waterfall is chosen; it takes a place as a look-up does."""
    known = await viewer.dependencies.waterfalls.list(viewer.owner)
    name, days = viewer.query("waterfall"), viewer.query("days")
    chosen = int(days) if days in {str(one) for one in DAYS} else DEFAULT_DAYS
    found = await _simulate(viewer, name, chosen) if name else None
    return viewer.render(
        "providers/what_if.html",
        waterfalls=[(one.waterfall.name, f"{one.waterfall.name}, {_ORIGINS[one.origin]}") for one in known],
        waterfall=name or Strategy.CHEAPEST.value,
        choices=[(one, f"the last {one} days") for one in DAYS],
        days=chosen,
        found=found,
        compared=_compared(found) if found else None,
    )


async def _simulate(viewer: Viewer, name: str, days: int) -> Simulation:
    waterfall = (await viewer.dependencies.waterfalls.get(viewer.owner, name)).waterfall
    await viewer.dependencies.take_place(await app_principal(viewer.services, viewer.owner))
    since = viewer.services.now() - timedelta(days=days)
    return await SimulateWaterfall(viewer.services)(viewer.owner, waterfall, since=since)


def _compared(found: Simulation) -> dict[str, Comparison]:
    was, then, each = found.actual, found.simulated, max(1, found.sampled)
    return {
        "cost": compare(was.cost_usd, then.cost_usd, digits=4),
        "hits": compare(was.found, then.found, digits=0),
        "seconds": compare(was.seconds, then.seconds, digits=2, each=each),
    }


def compare(now: float, then: QuotedInterval, *, digits: int, each: int = 1) -> Comparison:
    """Compare as rounded, so that sums of floats that are the same are so."""
    was, expected, low, high = (round(value / each, digits) for value in (now, then.expected, then.low, then.high))
    return Comparison(was, QuotedInterval(expected=expected, low=low, high=high))
