"""Plan a cascade by its waterfall and by what was observed; now and then a little-known provider comes earlier."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import structlog

from app.domain.errors import UnavailableError
from app.domain.order.statistics import Statistics
from app.domain.planning.plans import make_plans
from app.domain.vocabulary import FIELDS_OF, Mode
from app.domain.waterfall.answer import ZERO
from app.domain.waterfall.asked_before import left_to_spend
from app.domain.waterfall.attempt import Attempt, Offer
from app.domain.waterfall.policy import CascadePlan, inputs
from app.providers.setup.configured_route import ConfiguredRoute
from app.services import Services
from app.store.waterfall import provider_statistics
from app.store.waterfall.cascades import LeasedCascade

FRESH_SECONDS = 10.0

Plan = CascadePlan[ConfiguredRoute]
log = structlog.get_logger()


class ReadStatistics:
    """The statistics of a mode; what was read is read again when it is ten seconds old."""

    def __init__(self, services: Services) -> None:
        """Begin with nothing known."""
        self._services = services
        self._known: dict[Mode, tuple[float, Statistics]] = {}

    async def __call__(self, mode: Mode) -> Statistics:
        """Return what was observed; as it was known last, while the database is away."""
        now = self._services.clock.monotonic()
        read_at, known = self._known.get(mode, (float("-inf"), Statistics()))
        if now - read_at > FRESH_SECONDS:
            # At once, so that cascades that begin together read it once.
            self._known[mode] = (now, known)
            try:
                async with self._services.read() as connection:
                    known = Statistics(await provider_statistics.read(connection, mode))
            except UnavailableError:
                log.warning("statistics.unavailable", mode=mode.value)
            self._known[mode] = (now, known)
        return known


class ExplorationBudget:
    """The part of each account's spend that may try what is little known.

    It grows by the share of what was spent, and what is tried is taken from it beforehand, so that this process never
    spends more on it than that, and nobody pays for another account's knowledge. A restart begins with nothing.
    """

    def __init__(self, share: float) -> None:
        """Allow a share (0-1) of spend; 0 allows nothing."""
        self._share = Decimal(repr(share))
        self._left: dict[UUID, Decimal] = {}

    def left(self, account_id: UUID) -> Decimal:
        """Return what an account may spend on trying now, in USD."""
        return self._left.get(account_id, ZERO) if self._share else ZERO

    def allows(self, account_id: UUID, most: Decimal) -> bool:
        """Take the most that a call may cost, in USD; return whether there was as much."""
        left = self.left(account_id)
        if left < most or left <= ZERO:
            return False
        self._left[account_id] = left - most
        return True

    def settle(self, account_id: UUID, spent: Decimal, *, unused: Decimal = ZERO) -> None:
        """Add the share of what was spent, and give back what was taken and not used."""
        if self._share and (spent or unused):
            self._left[account_id] = self._left.get(account_id, ZERO) + spent * self._share + unused


class PlanCascade:
    """Plans cascades."""

    def __init__(self, services: Services, wait: Callable[[Offer], float]) -> None:
        """Prepare.

        Args:
            services: The process's.
            wait: Returns the seconds that a call of an offer would have to wait now.
        """
        self._services = services
        self._wait = wait
        self._statistics = ReadStatistics(services)
        self._budget = ExplorationBudget(services.settings.exploration_share)

    async def __call__(self, leased: LeasedCascade, family: str | None = None) -> list[Plan]:
        """Plan every field of a cascade; one whose order is learned may try another provider first.

        Args:
            leased: The cascade.
            family: Of the mail servers of the company's domain, where that is known.
        """
        plans = make_plans(
            FIELDS_OF[leased.type],
            self._services.registry.offers(leased.mode),
            leased.contact,
            waterfall=leased.waterfall,
            lane=leased.lane,
            only=leased.only_providers,
            max_cost_usd=left_to_spend(leased.max_cost_usd, leased.asked_before),
            before=leased.asked_before,
            statistics=await self._statistics(leased.mode),
            wait=self._wait,
            family=family,
        )
        if leased.mode is Mode.LIVE and leased.fencing_token == 1 and not leased.asked_before:
            for plan in plans:
                self._explore(plan, leased)
        return plans

    def _explore(self, plan: Plan, leased: LeasedCascade) -> None:
        ranking = plan.ranking
        least = min((offer.worst(plan.wanted) for group in plan.providers for offer in group), default=ZERO)
        left = self._budget.left(leased.account_id)
        if ranking is None or not ranking.orders or left <= ZERO or left < least:
            return
        trial = ranking.explore(plan.providers, inputs(leased.contact).keys(), self._services.random)
        if trial is None or not ranking.worth.pays(ranking.index(trial.offer, trial.missed)):
            return
        most = trial.offer.worst(plan.wanted)
        if (plan.max_cost_usd is None or most <= plan.max_cost_usd) and self._budget.allows(leased.account_id, most):
            ranking.trial = trial

    def settle(self, leased: LeasedCascade, plans: list[Plan], attempts: list[Attempt]) -> None:
        """Count what a cascade has spent, and what trying has cost less than it might have."""
        unused = ZERO
        for plan in plans:
            if plan.ranking and (trial := plan.ranking.trial):
                mine = [a for a in attempts if (a.field, a.provider) == (plan.field, trial.offer.provider)]
                unused += trial.offer.worst(plan.wanted) - sum((a.cost_usd for a in mine), ZERO)
        self._budget.settle(leased.account_id, sum((a.cost_usd for a in attempts), ZERO), unused=unused)
