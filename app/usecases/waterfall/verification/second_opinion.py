"""Ask a verifier about an address that its finder is not sure of, before the next finder is paid."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from app.domain.vocabulary import Field, Lane
from app.domain.waterfall.asked_before import left_to_spend
from app.domain.waterfall.attempt import Expectation
from app.domain.waterfall.policy import make_plan
from app.domain.waterfall.second_opinion import (
    OF_DOUBTFUL,
    as_offer,
    choose_verifier,
    doubtful,
    its_turn,
    spent_on,
    with_opinions,
)
from app.providers.setup.configured_route import ConfiguredRoute
from app.services import Services
from app.usecases.planning.cascade_state import CascadeState, Plan
from app.usecases.waterfall.attempt import MakeAttempt
from app.usecases.waterfall.record_attempt import RecordAttempt
from app.usecases.waterfall.verification.pattern_step import PatternStep


class SecondOpinion:
    """Has kept addresses judged; the verdicts are attempts of the field ``verify``."""

    def __init__(
        self,
        services: Services,
        record: RecordAttempt,
        ask: MakeAttempt,
        turn: Callable[[Lane], AbstractAsyncContextManager[object]],
        stopping: Callable[[], bool],
    ) -> None:
        """Prepare; the arguments are those of the cascade."""
        self._services = services
        self._ask = ask
        self._turn = turn
        self._stopping = stopping
        self._try_pattern = PatternStep(services, record, self._ask_about)

    async def __call__(self, plan: Plan, progress: CascadeState) -> None:
        """Try the company's pattern, grade kept addresses by their verdicts, and ask for more where it pays."""
        if plan.field is not Field.EMAIL:
            return
        is_over = progress.stopped is not None or self._stopping()
        if not is_over and self._try_pattern.applies(plan, progress):
            verifier = self._choose("", progress)
            if verifier is not None:
                await self._try_pattern(verifier, plan, progress)
        while True:
            progress.attempts[:] = with_opinions(progress.attempts)
            address = doubtful(progress.attempts)
            if address is None or self._stopping() or progress.released:
                return
            verifier = self._choose(address, progress)
            if verifier is None:
                return
            offer = as_offer(verifier, OF_DOUBTFUL, verifier.provider, Field.VERIFY, verifier.route)
            expected = its_turn(offer, plan, progress.attempts, progress.inputs.keys(), progress.skipped)
            if expected is None:
                return
            await self._ask_about(address, verifier, progress, expected)

    async def _ask_about(
        self, address: str, offer: ConfiguredRoute, progress: CascadeState, expected: Expectation
    ) -> None:
        judged = replace(progress, verifying=address, expected=expected)
        async with self._turn(progress.leased.lane):
            await self._ask(offer, make_plan(Field.VERIFY, [offer]), judged)

    def _choose(self, address: str, progress: CascadeState) -> ConfiguredRoute | None:
        leased, registry = progress.leased, self._services.registry
        left = left_to_spend(leased.max_cost_usd, leased.asked_before)
        return choose_verifier(
            (
                o
                for o in registry.verifying(leased.mode)
                if leased.lane is Lane.INTERACTIVE or not o.declared.interactive_only
            ),
            address,
            progress.attempts,
            passed={skip.provider for skip in progress.skipped if skip.field is Field.VERIFY},
            only=leased.only_providers,
            most_usd=self._services.settings.second_opinion_max_usd,
            left=None if left is None else left - spent_on(progress.attempts),
        )
