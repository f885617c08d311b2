"""Operations of the LeadSonar dialect that have paths of their own."""

from app.api.http import submission
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, Handler, Operation, Shape
from app.api.runs import jobs, lookups
from app.dialects.leadmodule import schemas as leadmodule
from app.dialects.leadsonar import schemas as leadsonar
from app.domain import errors as domain

_KEPT = ("Location", "X-Run-Id", "Preference-Applied", "Idempotent-Replayed")
_GOES_ON = DocumentedResponse(
    description="No result in time, or `respond-async`; the run goes on, poll `Location`.",
    schema=leadmodule.RunAccepted,
    headers=(*_KEPT, "Retry-After"),
)


def _lookup(path: str, handler: Handler, name: str, summary: str, found: Shape) -> Operation:
    return Operation(
        method="POST",
        path=path,
        handler=handler,
        id=name,
        tag="Enrichment",
        summary=summary,
        parameters=(parameters.IDEMPOTENCY, parameters.PREFER_LOOKUP),
        body=leadsonar.LookupRequest,
        answers={
            200: DocumentedResponse(description="The cascade has ended.", schema=found, headers=_KEPT),
            202: _GOES_ON,
        },
        refusals=submission.REFUSALS,
    )


OPERATIONS: tuple[Operation, ...] = (
    _lookup(
        "/api/v1/find-email",
        lookups.find_email,
        "findEmail",
        "Look up one contact's e-mail address, waiting for it",
        leadsonar.EmailFound,
    ),
    _lookup(
        "/api/v1/find-phone",
        lookups.find_phone,
        "findPhone",
        "Look up one contact's phone number, waiting for it",
        leadsonar.PhoneFound,
    ),
    Operation(
        method="GET",
        path="/api/v1/jobs",
        handler=jobs.list_jobs,
        id="listJobs",
        tag="Enrichment",
        summary="List jobs, newest first",
        parameters=parameters.PAGE_OF_JOBS,
        answers={200: DocumentedResponse(description="A page.", schema=leadsonar.JobPage)},
        refusals=(domain.InvalidInputError,),
    ),
)
