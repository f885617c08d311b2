"""Simulations: recorded look-ups under another waterfall, replayed where the record answers, else as believed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from app.domain.order.belief import Belief
from app.domain.order.cells import EVERYBODY
from app.domain.order.statistics import Statistics
from app.domain.planning.quote import ExpectedOutcome, QuotedGroup, QuotedInterval, QuotedStep, expect
from app.domain.planning.quoted_calls import missed_call, quoted_step
from app.domain.waterfall.answer import Failed, Found, Rejected, is_hit, is_kept
from app.domain.waterfall.attempt import Attempt, Offer, Skip
from app.domain.waterfall.policy import CascadePlan, Stop, next_step

DRAWS = 100
_SURE, _NEVER = Belief(mean=1.0, weight=1.0), Belief(mean=0.0, weight=1.0)
_LEAST_CHANCE = 0.001


class ReplayedField(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that one field of a recorded look-up would make.

    Attributes:
        is_recorded: Whether the record has the answer of each.
    """

    steps: tuple[QuotedStep, ...]
    is_recorded: bool


class SimulatedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Look-ups as they would have been.

    Attributes:
        replayed: Look-ups of which the record has every answer.
        modelled: Look-ups with a call whose answer is only believed.
    """

    replayed: int
    modelled: int
    found: QuotedInterval
    cost_usd: QuotedInterval
    seconds: QuotedInterval


def replay(
    plan: CascadePlan[Offer],
    inputs: AbstractSet[str],
    attempts: Iterable[Attempt],
    known: Statistics,
    segment: str = EVERYBODY,
) -> ReplayedField:
    """Walk one field of a recorded look-up by another plan, or of a new one, of which nothing is recorded.

    Args:
        plan: The other one.
        inputs: Names of what is known of the contact.
        attempts: Of the record, for any field.
        known: What was observed.
        segment: The contact's.
    """
    proper = {a.provider: a for a in attempts if a.field is plan.field and not isinstance(a.answer, Failed)}
    in_vain = frozenset(name for name, one in proper.items() if not is_hit(plan.acceptance, one.answer))
    hits = [name for name in proper if name not in in_vain]
    made: list[Attempt] = []
    skipped: list[Skip] = []
    steps: list[QuotedStep] = []
    is_recorded = True
    while not isinstance(step := next_step(plan, made, inputs, skipped), Stop):
        if isinstance(step, Skip):
            skipped.append(step)
            continue
        if (recorded := proper.get(step.provider)) is not None:
            made.append(recorded)
            steps.append(_recorded(plan, recorded))
            continue
        is_recorded = False
        missed = plan.missed(made) | in_vain
        steps.append(_believed(plan, step, known, segment, missed=missed, hits=hits))
        made.append(missed_call(step))
    return ReplayedField(steps=tuple(steps), is_recorded=is_recorded)


def _recorded(plan: CascadePlan[Offer], attempt: Attempt) -> QuotedStep:
    answer = attempt.answer
    hit = is_hit(plan.acceptance, answer)
    kept = isinstance(answer, Found) and is_kept(plan.acceptance, answer)
    returned = hit or kept or isinstance(answer, Rejected)
    return QuotedStep(
        provider=attempt.provider,
        field=attempt.field,
        call=float(attempt.cost_usd),
        success=0.0,
        returns=_SURE if returned else _NEVER,
        accepts=_SURE if hit else _NEVER,
        keeps=_SURE if hit or kept else _NEVER,
        seconds=(attempt.latency_ms or 0) / 1000,
    )


def _believed(
    plan: CascadePlan[Offer],
    offer: Offer,
    known: Statistics,
    segment: str,
    *,
    missed: frozenset[str],
    hits: Sequence[str],
) -> QuotedStep:
    """Return what is believed of a call whose answer is not recorded.

    Whom one finds the others find more often. By the law of total probability, with `h` for the provider that found
    the contact: `P(y | h found) = (P(y) - P(h missed) P(y | h missed)) / P(h found)`.
    """
    step = quoted_step(plan, offer, known, segment, missed)
    finder = next((o for group in plan.providers for o in group if hits and o.provider == hits[0]), None)
    if finder is None:
        return step
    other = quoted_step(plan, finder, known, segment, missed)
    after = quoted_step(plan, offer, known, segment, missed | {finder.provider})
    found = max(_LEAST_CHANCE, other.returns.mean * other.accepts.mean)
    mean = (step.returns.mean - (1 - found) * after.returns.mean) / found
    within = min(1 - _LEAST_CHANCE, max(_LEAST_CHANCE, mean))
    believed: QuotedStep = msgspec.structs.replace(step, returns=Belief(mean=within, weight=step.returns.weight))
    return believed


def simulate(runs: Iterable[Sequence[ReplayedField]], random: Callable[[], float]) -> SimulatedRuns:
    """Return what look-ups, each with its fields, would have come to.

    Args:
        runs: The look-ups.
        random: Floats in [0, 1); the same ones give the same figures.
    """
    counted: dict[tuple[tuple[QuotedStep, ...], ...], int] = {}
    replayed = modelled = 0
    certain: list[QuotedGroup] = []
    for run in runs:
        fields = tuple(field.steps for field in run)
        if all(field.is_recorded for field in run):
            replayed += 1
            certain.append(QuotedGroup(contacts=1, fields=fields))
        else:
            modelled += 1
            counted[fields] = counted.get(fields, 0) + 1
    # What is recorded is certain, and needs one draw.
    sure = expect(certain, random, draws=1)
    groups = [QuotedGroup(contacts=count, fields=fields) for fields, count in counted.items()]
    believed = expect(groups, random, draws=DRAWS)
    return SimulatedRuns(replayed=replayed, modelled=modelled, **_sum(sure, believed))


def _sum(sure: ExpectedOutcome, believed: ExpectedOutcome) -> Mapping[str, QuotedInterval]:
    found: dict[str, QuotedInterval] = {}
    for name in ("found", "cost_usd", "seconds"):
        base, more = getattr(sure, name).expected, getattr(believed, name)
        found[name] = QuotedInterval(expected=base + more.expected, low=base + more.low, high=base + more.high)
    return found
