"""Show the plan of a run: why each provider stood where it stood, and what the others would have cost."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.responses import run_id_of
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.leadmodule.response import expectation_body
from app.dialects.leadmodule.schemas import ExpectationBody
from app.domain.errors import UnknownIdError
from app.domain.order.waterfall import Strategy
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.attempt import Outcome


class PlanStepBody(Struct, kw_only=True, rename="camel"):
    """One provider of the plan: asked, skipped or not reached."""

    field: Field
    provider: str
    tier: Tier
    route: str | None
    outcome: Outcome | None
    reason: str | None
    missed_before: Annotated[list[str], Meta(description="Providers that had answered by then without a hit.")]
    expected: ExpectationBody | None


class RunPlanBody(Struct, kw_only=True, rename="camel"):
    """The plan of a run: the strategy of each field, and its providers in the order in which they were asked."""

    run_id: UUID
    waterfall: Annotated[str, Meta(description="The name of its waterfall.")]
    email: Annotated[Strategy, Meta(description="The strategy for e-mail addresses.")]
    phone: Annotated[Strategy, Meta(description="The strategy for phone numbers.")]
    steps: list[PlanStepBody]


@operation(
    "GET",
    "/runs/{run_id}/plan",
    parameters=(parameters.RUN_ID,),
    answers={200: DocumentedResponse(description="The plan.", schema=RunPlanBody)},
    refuses=(UnknownIdError,),
)
async def get_plan(request: AuthenticatedRequest) -> RunPlanBody:
    """Explain the order in which the providers of a run were asked."""
    run_id = run_id_of(request.http)
    waterfall, steps = await request.dependencies.watch.plan(request.owner, run_id)
    return RunPlanBody(
        run_id=run_id,
        waterfall=waterfall.name,
        email=waterfall.rules(Field.EMAIL).strategy or Strategy.TIERS,
        phone=waterfall.rules(Field.PHONE).strategy or Strategy.TIERS,
        steps=[
            PlanStepBody(
                field=step.field,
                provider=step.provider,
                tier=step.tier,
                route=step.route,
                outcome=step.outcome,
                reason=step.reason,
                missed_before=list(step.missed_before),
                expected=expectation_body(step.expected),
            )
            for step in steps
        ],
    )
