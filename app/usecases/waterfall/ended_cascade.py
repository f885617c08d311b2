"""An ended cascade: its outcome, and what later look-ups need to know of it."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from app.domain.accounts.pricing import Plan, is_refunded
from app.domain.order.cells import Cell, Counts
from app.domain.vocabulary import Field, ResultStatus
from app.domain.waterfall.answer import ZERO
from app.domain.waterfall.asked_before import AskedBefore, merged
from app.domain.waterfall.attempt import Outcome, Skip
from app.domain.waterfall.outcome import Conclusion
from app.store.waterfall.cascades import LeasedCascade


class EndedCascade(msgspec.Struct, frozen=True, kw_only=True):
    """A cascade that is over.

    Attributes:
        asked: Whether any provider was called.
        answered: Providers that answered without a usable value.
        failed: Whether any call failed, so that its result may come late.
        our_fault: It ends because workers were lost over it, not because of anything a provider said.
        stopped: The quote of its list is reached, so that it is incomplete.
        cost_usd: What the providers charged for it.
        observed: What its attempts say of their providers.
    """

    leased: LeasedCascade
    conclusion: Conclusion
    skips: tuple[Skip, ...]
    asked: bool
    answered: tuple[AskedBefore, ...] = ()
    failed: bool = False
    our_fault: bool = False
    stopped: bool = False
    cost_usd: Decimal = ZERO
    observed: Mapping[Cell, Counts] = {}

    @property
    def may_continue(self) -> bool:
        """Whether runs may wait for it that allow more than it has asked."""
        nothing, leased = self.conclusion.status is not ResultStatus.FOUND and not self.our_fault, self.leased
        return nothing and (leased.only_providers, leased.max_cost_usd, leased.budget_id) != (None, None, None)

    def is_refunded_by(self, plan: Plan) -> bool:
        """Return whether a plan gives the charges of its runs back; what a quote has cut off costs nothing."""
        status = self.conclusion.status
        cut = self.stopped and status is not ResultStatus.FOUND
        return cut or is_refunded(plan, status, asked=self.asked, our_fault=self.our_fault)

    @property
    def is_refuted(self) -> bool:
        """Whether it rejected a verdict because the account reported that the address bounced."""
        verdicts = [one for one in self.answered if one.field is Field.VERIFY]
        return self.leased.has_wrong_values and any(one.outcome is Outcome.REJECTED for one in verdicts)

    @property
    def known(self) -> tuple[AskedBefore, ...]:
        """Providers that later look-ups need not ask again."""
        return merged((self.leased.asked_before, self.answered))
