"""Operations on runs."""

from app.api import enrich, errors, events, parameters, runs, schemas
from app.api.operation import Answer, Operation
from app.domain import errors as domain

_RUN = Answer(description="The run.", schema=schemas.Run, headers=("Retry-After", "Preference-Applied"))
_READ = (domain.InvalidInput, domain.UnknownId)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/api/v1/enrich",
        handler=enrich.submit,
        id="enrich",
        tag="Enrichment",
        summary="Submit one contact",
        parameters=(parameters.IDEMPOTENCY, parameters.PREFER),
        body=schemas.EnrichRequest,
        answers={
            200: Answer(
                description="Answered from the cache, or ended within `Prefer: wait`.",
                schema=schemas.Run,
                headers=("Location", "Preference-Applied", "Idempotent-Replayed"),
            ),
            202: Answer(
                description="Accepted; poll `Location`, or wait for the webhook.",
                schema=schemas.RunAccepted,
                headers=("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
            ),
        },
        refusals=(
            domain.InvalidInput,
            domain.NotEnoughCredits,
            domain.IdempotencyInFlight,
            domain.IdempotencyMismatch,
            errors.BodyTooLarge,
            errors.UnsupportedMediaType,
        ),
    ),
    Operation(
        method="GET",
        path="/api/v1/enrich/{run_id}",
        handler=enrich.read_run,
        id="getRun",
        tag="Enrichment",
        summary="Show a run",
        parameters=(parameters.RUN_ID, parameters.WAIT, parameters.PREFER),
        answers={200: _RUN},
        refusals=_READ,
    ),
    Operation(
        method="GET",
        path="/api/v1/enrich/{run_id}/attempts",
        handler=enrich.read_attempts,
        id="getAttempts",
        tag="Enrichment",
        summary="Show the cascade of a run as it happened",
        parameters=(parameters.RUN_ID,),
        answers={200: Answer(description="The attempts.", schema=schemas.Attempts)},
        refusals=(domain.UnknownId,),
    ),
    Operation(
        method="GET",
        path="/api/v1/enrich/{run_id}/events",
        handler=events.stream_events,
        id="streamEvents",
        tag="Enrichment",
        summary="Follow a run live",
        parameters=(parameters.RUN_ID, parameters.LAST_EVENT),
        answers={
            200: Answer(description="`attempt` and `run` events, ending with the run.", media=events.EVENT_STREAM),
            204: Answer(description="The client has seen the end."),
        },
        refusals=(domain.UnknownId,),
    ),
    Operation(
        method="POST",
        path="/api/v1/enrich/{run_id}/cancel",
        handler=enrich.cancel,
        id="cancelRun",
        tag="Enrichment",
        summary="Cancel a run",
        parameters=(parameters.RUN_ID,),
        answers={200: Answer(description="The run.", schema=schemas.Run)},
        refusals=(domain.UnknownId, domain.AlreadyEnded),
    ),
    Operation(
        method="GET",
        path="/api/v1/runs",
        handler=runs.list_runs,
        id="listRuns",
        tag="Enrichment",
        summary="List runs, newest first",
        parameters=parameters.PAGE,
        answers={200: Answer(description="A page.", schema=schemas.RunPage)},
        refusals=(domain.InvalidInput,),
    ),
)
