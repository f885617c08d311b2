"""The plan of a run: in which order its providers were asked, and why; and what another order would come to."""

from dataclasses import dataclass

from leadrun.models import Expectation, Model


@dataclass(frozen=True, kw_only=True)
class PlanStep(Model):
    """One provider of a plan, whether it was asked or not; `missed_before` had answered by then without a hit."""

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


@dataclass(frozen=True, kw_only=True)
class SimulatedAmount(Model):
    """An amount as it was, and as it would have been, with bounds that hold in nine of ten cases."""

    actual: float
    expected: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Simulation(Model):
    """Look-ups under another waterfall.

    Attributes:
        lookups: All that have asked providers.
        simulated: Those that are simulated; a sample where there are many.
        replayed: Those of which the record has every answer.
        modelled: Those with a call whose answer is only believed.
        seconds: What the calls of a look-up take together.
    """

    waterfall: str
    lookups: int = 0
    simulated: int = 0
    replayed: int = 0
    modelled: int = 0
    found: SimulatedAmount | None = None
    cost_usd: SimulatedAmount | None = None
    seconds: SimulatedAmount | None = None
