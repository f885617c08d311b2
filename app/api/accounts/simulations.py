"""POST /simulations: what recorded look-ups would have come to under another waterfall."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from app.api.accounts.waterfall_bodies import WaterfallRequestBody, waterfall_of
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import read_object
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.body_members import FAULT
from app.dialects.body_reader import read_body
from app.dialects.member_types import WaterfallName
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.domain.order.waterfall import Waterfall
from app.domain.planning.quote import QuotedInterval
from app.usecases.planning.simulate import MOST_LOOKUPS, Simulation

DEFAULT_DAYS, MAX_DAYS, MOST_RUNS = 30, 366, 1000
_Count = Annotated[int, Meta(ge=0)]
_Amount = Annotated[float, Meta(ge=0)]


class SimulationRequestBody(Struct, kw_only=True, rename="camel"):
    """The other waterfall, by its name or as it would be, and the look-ups."""

    waterfall: WaterfallName | None = None
    definition: Annotated[WaterfallRequestBody, Meta(description="A waterfall that has no name yet.")] | None = None
    days: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=MAX_DAYS,
                description="Look-ups of the last days.",
                extra={FAULT: f"must be a whole number of days, 1 to {MAX_DAYS}"},
            ),
        ]
        | None
    ) = DEFAULT_DAYS
    run_ids: (
        Annotated[
            list[UUID],
            Meta(
                min_length=1,
                max_length=MOST_RUNS,
                description="The look-ups of these runs instead.",
                extra={FAULT: f"must be a list of 1 to {MOST_RUNS} ids of runs"},
            ),
        ]
        | None
    ) = None


class SimulatedAmount(Struct, kw_only=True, rename="camel"):
    """An amount as it was, and as it would have been, with bounds that hold in nine of ten cases."""

    actual: _Amount
    expected: _Amount
    low: _Amount
    high: _Amount


class SimulationBody(Struct, kw_only=True, rename="camel"):
    """Look-ups as they were, and as they would have been."""

    waterfall: str
    lookups: Annotated[int, Meta(ge=0, description="Look-ups that have asked providers.")]
    simulated: Annotated[
        int, Meta(ge=0, description=f"Those that are simulated: a sample where there are more than {MOST_LOOKUPS}.")
    ]
    replayed: Annotated[int, Meta(ge=0, description="Those of which the record has every answer.")]
    modelled: Annotated[int, Meta(ge=0, description="Those with a call whose answer is only believed.")]
    found: Annotated[SimulatedAmount, Meta(description="Look-ups that found anything.")]
    cost_usd: Annotated[SimulatedAmount, Meta(description="What the providers charge for finding.")]
    seconds: Annotated[SimulatedAmount, Meta(description="What the calls of a look-up take together, on average.")]


@operation(
    "POST",
    "/simulations",
    submits=True,
    body=SimulationRequestBody,
    answers={200: DocumentedResponse(description="The comparison.", schema=SimulationBody)},
    refuses=(InvalidInputError, UnknownIdError, BodyTooLargeError, UnsupportedMediaTypeError),
)
async def simulate_waterfall(request: AuthenticatedRequest) -> SimulationBody:
    """Simulate another waterfall on recorded look-ups: cost, finds and time; nothing is asked or charged.

    Where the record has the answers that the other order would get, they are replayed; where it has not, the answers
    are believed as in a quote. It takes a slot of the submissions. The same look-ups always give the same figures.
    """
    dependencies, faults = request.dependencies, list[FieldError]()
    body = read_body(SimulationRequestBody, await read_object(request.http), faults)
    if not faults and (body.waterfall is None) == (body.definition is None):
        faults.append(FieldError(field="waterfall", message="either waterfall or definition must be given"))
    if faults:
        raise InvalidInputError(faults)
    waterfall = await _waterfall(request, body)
    await dependencies.limits.take_submission(request.context, request.principal)
    since = dependencies.services.now() - timedelta(days=body.days or DEFAULT_DAYS)
    found = await dependencies.simulate(request.owner, waterfall, since=since, run_ids=body.run_ids)
    return _body(waterfall, found)


async def _waterfall(request: AuthenticatedRequest, body: SimulationRequestBody) -> Waterfall:
    if body.definition is None:
        return (await request.dependencies.waterfalls.get(request.owner, body.waterfall or "")).waterfall
    waterfall = waterfall_of("definition", body.definition)
    if problem := waterfall.problem:
        member = f"definition.{problem[0]}" if problem[0] else "definition"
        raise InvalidInputError([FieldError(field=member, message=problem[1])])
    return waterfall


def _body(waterfall: Waterfall, found: Simulation) -> SimulationBody:
    actual, simulated, each = found.actual, found.simulated, max(1, found.sampled)
    return SimulationBody(
        waterfall=waterfall.name,
        lookups=found.lookups,
        simulated=found.sampled,
        replayed=simulated.replayed,
        modelled=simulated.modelled,
        found=_amount(actual.found, simulated.found, places=1),
        cost_usd=_amount(actual.cost_usd, simulated.cost_usd, places=4),
        seconds=_amount(actual.seconds, simulated.seconds, places=2, each=each),
    )


def _amount(actual: float, simulated: QuotedInterval, *, places: int, each: int = 1) -> SimulatedAmount:
    values = (actual, simulated.expected, simulated.low, simulated.high)
    was, expected, low, high = (round(value / each, places) for value in values)
    return SimulatedAmount(actual=was, expected=expected, low=low, high=high)
