"""The plan of a run: in which order its providers were asked, and why."""

from dataclasses import dataclass

from leadrun.models import Expectation, Model


@dataclass(frozen=True, kw_only=True)
class PlanStep(Model):
    """One provider of a plan, whether it was asked or not; `missed_before` had answered in vain by then."""

    field: str
    provider: str
    tier: str
    route: str | None = None
    outcome: str | None = None
    reason: str | None = None
    missed_before: tuple[str, ...] = ()
    expected: Expectation | None = None


@dataclass(frozen=True, kw_only=True)
class RunPlan(Model):
    """The order in which a run asked its providers: its waterfall by name, the strategy of each field, the steps."""

    run_id: str
    waterfall: str
    email: str
    phone: str
    steps: tuple[PlanStep, ...] = ()
