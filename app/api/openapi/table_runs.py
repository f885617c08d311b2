"""Operations on runs."""

from app.api.http import submission
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, Operation
from app.api.runs import enrich, events, runs
from app.dialects.leadmodule import schemas as leadmodule
from app.dialects.leadsonar import schemas as leadsonar
from app.domain import errors as domain

# Of each event; what follows `data:` is one line of JSON.
_EVENTS = {
    "schema": {
        "type": "object",
        "required": ["data"],
        "properties": {
            "id": {"type": "string", "description": "Send it as `Last-Event-ID` to go on after this event."},
            "event": {"type": "string", "enum": ["attempt", "run"]},
            "retry": {"type": "integer", "minimum": 0, "description": "Milliseconds."},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {
                    "anyOf": [{"$ref": "#/components/schemas/Run"}, {"$ref": "#/components/schemas/Attempt"}]
                },
            },
        },
    }
}
_READ = (domain.InvalidInputError, domain.UnknownIdError)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/api/v1/enrich",
        handler=enrich.submit,
        id="enrich",
        tag="Enrichment",
        summary="Submit one contact, or a job of up to 100",
        parameters=(parameters.IDEMPOTENCY, parameters.PREFER),
        body=(leadmodule.EnrichRequest, leadsonar.JobRequest),
        answers={
            200: DocumentedResponse(
                description="Answered from the cache, or ended within `Prefer: wait`.",
                schema=leadmodule.Run,
                headers=("Location", "Preference-Applied", "Idempotent-Replayed"),
            ),
            201: DocumentedResponse(
                description="The job is accepted; poll `Location`, or wait for the webhook.",
                schema=leadsonar.JobAccepted,
                headers=("Location", "Retry-After", "Idempotent-Replayed"),
            ),
            202: DocumentedResponse(
                description="Accepted; poll `Location`, or wait for the webhook.",
                schema=leadmodule.RunAccepted,
                headers=("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
            ),
        },
        refusals=submission.REFUSALS,
    ),
    Operation(
        method="GET",
        path="/api/v1/enrich/{run_id}",
        handler=enrich.read,
        id="getRun",
        tag="Enrichment",
        summary="Show a run or a job",
        parameters=(parameters.RUN_OR_JOB_ID, parameters.WAIT, parameters.PREFER),
        answers={
            200: DocumentedResponse(
                description="The run or job.",
                schema=(leadmodule.Run, leadsonar.Job),
                headers=("Retry-After", "Preference-Applied"),
            )
        },
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
        answers={200: DocumentedResponse(description="The attempts.", schema=leadmodule.Attempts)},
        refusals=(domain.UnknownIdError,),
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
            200: DocumentedResponse(
                description="`attempt` and `run` events, ending with the run.",
                media=events.EVENT_STREAM,
                content=_EVENTS,
            ),
            204: DocumentedResponse(description="The client has seen the end."),
        },
        refusals=(domain.UnknownIdError,),
    ),
    Operation(
        method="POST",
        path="/api/v1/enrich/{run_id}/cancel",
        handler=enrich.cancel,
        id="cancelRun",
        tag="Enrichment",
        summary="Cancel a run, or what has not ended of a job",
        parameters=(parameters.RUN_OR_JOB_ID,),
        answers={200: DocumentedResponse(description="The run or job.", schema=(leadmodule.Run, leadsonar.Job))},
        refusals=(domain.UnknownIdError, domain.AlreadyEndedError),
    ),
    Operation(
        method="GET",
        path="/api/v1/runs",
        handler=runs.list_runs,
        id="listRuns",
        tag="Enrichment",
        summary="List runs, newest first",
        parameters=parameters.PAGE,
        answers={200: DocumentedResponse(description="A page.", schema=leadmodule.RunPage)},
        refusals=(domain.InvalidInputError,),
    ),
)
