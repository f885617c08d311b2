"""Take feedback about values: POST /runs/{run_id}/feedback for one run, POST /feedback for a list."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import read_object
from app.api.http.responses import run_id_of
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.body_members import FAULT
from app.dialects.body_reader import read_body
from app.dialects.timestamp import Timestamp
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.domain.problems import MAX_PROBLEMS
from app.domain.time_text import time_text
from app.domain.vocabulary import Field
from app.domain.waterfall.feedback import FeedbackOutcome, NothingToReportError
from app.usecases.runs.feedback import FeedbackItem, FeedbackTaken, give_feedback, read_feedback

MAX_REPORTS = 1000

_Outcome = Annotated[FeedbackOutcome, Meta(description="What became of the value.")]
_About = Annotated[
    Literal["email", "phone"],
    Meta(description="The value that it is about; when absent, all that the run found and it can be about."),
]
_Count = Annotated[int, Meta(ge=0)]
_Refunded = Annotated[int, Meta(ge=0, description="Given back, where the plan refunds bounces.")]


class FeedbackRequestBody(Struct, kw_only=True, rename="camel"):
    """A report about a value of a run."""

    outcome: _Outcome
    field: _About | None = None


class FeedbackItemBody(FeedbackRequestBody, kw_only=True, rename="camel"):
    """A report about a value of the named run."""

    run_id: UUID


class FeedbackListRequestBody(Struct, kw_only=True, rename="camel"):
    """Reports about many runs."""

    feedback: Annotated[
        list[FeedbackItemBody],
        Meta(
            min_length=1,
            max_length=MAX_REPORTS,
            extra={FAULT: f"must be a list of 1 to {MAX_REPORTS} objects with `runId` and `outcome`"},
        ),
    ]


class FeedbackBody(Struct, kw_only=True, rename="camel"):
    """A report that was taken; `repeated` where it was known, so that nothing has changed."""

    run_id: UUID
    outcome: FeedbackOutcome
    fields: list[Field]
    repeated: bool
    credits_refunded: _Refunded


class FeedbackFaultBody(Struct, kw_only=True, rename="camel"):
    """A report that was not taken, and why."""

    field: str
    message: str


class FeedbackListBody(Struct, kw_only=True, rename="camel"):
    """The reports counted: `recorded` new ones, `repeated` known ones, and `errors`, of which 50 are named."""

    recorded: _Count
    repeated: _Count
    credits_refunded: _Refunded
    errors: list[FeedbackFaultBody]
    more_errors: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class FeedbackSaidBody(Struct, kw_only=True, rename="camel"):
    """One word about one value."""

    outcome: FeedbackOutcome
    field: Field
    created_at: Timestamp


class RunFeedbackBody(Struct, kw_only=True, rename="camel"):
    """The reports about the values of a run, the oldest first."""

    run_id: UUID
    feedback: list[FeedbackSaidBody]


_WRONG_BODY = (InvalidInputError, BodyTooLargeError, UnsupportedMediaTypeError)


@operation(
    "POST",
    "/runs/{run_id}/feedback",
    parameters=(parameters.RUN_ID,),
    body=FeedbackRequestBody,
    answers={200: DocumentedResponse(description="It is taken.", schema=FeedbackBody)},
    refuses=(*_WRONG_BODY, UnknownIdError, NothingToReportError),
)
async def report_feedback(request: AuthenticatedRequest) -> FeedbackBody:
    """Report what became of a value that a run found.

    A value that bounced, is disconnected or belongs to another person is never served or accepted again for its
    contact: the next request asks the other providers. Repetitions change nothing.
    """
    run_id = run_id_of(request.http)
    faults: list[FieldError] = []
    body = read_body(FeedbackRequestBody, await read_object(request.http), faults)
    _refuse(faults)
    item = FeedbackItem(run_id=run_id, outcome=body.outcome, field=_field(body))
    [taken] = await give_feedback(request.dependencies.services, request.owner, [item])
    if taken.member == "runId":
        raise UnknownIdError("run")
    if taken.member:
        raise NothingToReportError(taken.problem)
    return FeedbackBody(
        run_id=run_id,
        outcome=body.outcome,
        fields=list(taken.fields),
        repeated=taken.repeated,
        credits_refunded=taken.credits_refunded,
    )


@operation(
    "GET",
    "/runs/{run_id}/feedback",
    parameters=(parameters.RUN_ID,),
    answers={200: DocumentedResponse(description="What was reported.", schema=RunFeedbackBody)},
    refuses=(UnknownIdError,),
)
async def get_feedback(request: AuthenticatedRequest) -> RunFeedbackBody:
    """Show what was reported about the values of a run."""
    run_id = run_id_of(request.http)
    said = await read_feedback(request.dependencies.services, request.owner, run_id)
    return RunFeedbackBody(
        run_id=run_id,
        feedback=[
            FeedbackSaidBody(outcome=outcome, field=field, created_at=time_text(at)) for outcome, field, at in said
        ],
    )


@operation(
    "POST",
    "/feedback",
    body=FeedbackListRequestBody,
    answers={200: DocumentedResponse(description="What became of the reports.", schema=FeedbackListBody)},
    refuses=_WRONG_BODY,
)
async def report_feedback_list(request: AuthenticatedRequest) -> FeedbackListBody:
    """Report what became of values of many runs, such as the bounces of a campaign.

    Reports that cannot be taken are named in `errors`; the others are stored.
    """
    faults: list[FieldError] = []
    body = read_body(FeedbackListRequestBody, await read_object(request.http), faults)
    _refuse(faults)
    items = [FeedbackItem(run_id=one.run_id, outcome=one.outcome, field=_field(one)) for one in body.feedback]
    taken = await give_feedback(request.dependencies.services, request.owner, items)
    wrong = _faults(taken)
    return FeedbackListBody(
        recorded=sum(not one.member and not one.repeated for one in taken),
        repeated=sum(one.repeated for one in taken),
        credits_refunded=sum(one.credits_refunded for one in taken),
        errors=wrong[:MAX_PROBLEMS],
        more_errors=max(0, len(wrong) - MAX_PROBLEMS) or UNSET,
    )


def _field(body: FeedbackRequestBody) -> Field | None:
    return Field(body.field) if body.field else None


def _faults(taken: Sequence[FeedbackTaken]) -> list[FeedbackFaultBody]:
    return [
        FeedbackFaultBody(field=f"feedback[{place}].{one.member}", message=one.problem)
        for place, one in enumerate(taken)
        if one.member
    ]


def _refuse(faults: list[Any]) -> None:
    if faults:
        raise InvalidInputError(faults)
