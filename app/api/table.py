"""Every operation of the API: the routes and the specification are both made from this table."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from app.api import (
    account,
    docs,
    enrich,
    errorpages,
    errors,
    events,
    operations,
    parameters,
    runs,
    schemas,
    schemas_service,
)
from app.api.visit import AnyRequest
from app.domain import errors as domain
from app.domain.errors import Refusal

Handler = Callable[[AnyRequest], Awaitable[ASGIResponse | Stream]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A success. `headers` are names in `app.api.openapi.HEADERS`."""

    description: str
    schema: type[msgspec.Struct] | None = None
    media: str = "application/json"
    headers: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path; `parameters` are OpenAPI parameter objects."""

    method: str
    path: str
    handler: Handler
    id: str
    tag: str
    summary: str
    answers: dict[int, Answer]
    auth: bool = True
    parameters: tuple[dict[str, Any], ...] = ()
    body: type[msgspec.Struct] | None = None
    refusals: tuple[type[Refusal], ...] = ()


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
    Operation(
        method="GET",
        path="/api/v1/credits",
        handler=account.credits,
        id="getCredits",
        tag="Account",
        summary="Show the balance",
        answers={200: Answer(description="Credits.", schema=schemas_service.CreditBalance)},
    ),
    Operation(
        method="GET",
        path="/api/v1/providers",
        handler=account.providers,
        id="listProviders",
        tag="Account",
        summary="List the providers",
        answers={200: Answer(description="Providers.", schema=schemas_service.Providers)},
    ),
    Operation(
        method="GET",
        path="/api/v1/webhooks/secret",
        handler=account.read_secret,
        id="getWebhookSecret",
        tag="Webhooks",
        summary="Show the signing secret",
        answers={200: Answer(description="Secret.", schema=schemas_service.WebhookSecret)},
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/secret",
        handler=account.rotate_secret,
        id="rotateWebhookSecret",
        tag="Webhooks",
        summary="Make a new signing secret; the old one signs along for 24 hours",
        answers={200: Answer(description="Secret.", schema=schemas_service.WebhookSecret)},
    ),
    Operation(
        method="GET",
        path="/api/v1/openapi.json",
        handler=docs.specification,
        id="getSpecification",
        tag="Operations",
        summary="This specification",
        answers={200: Answer(description="OpenAPI 3.1.")},
        auth=False,
    ),
    Operation(
        method="GET",
        path="/errors/{code}",
        handler=errorpages.error_page,
        id="explainError",
        tag="Operations",
        summary="What an error means",
        parameters=(parameters.CODE,),
        refusals=(errors.UnknownRoute,),
        auth=False,
        answers={200: Answer(description="The explanation.", schema=schemas_service.ErrorPage)},
    ),
    Operation(
        method="GET",
        path="/health/live",
        handler=operations.live,
        id="live",
        tag="Operations",
        summary="Whether the process answers",
        answers={200: Answer(description="It does.", schema=schemas_service.Live)},
        auth=False,
    ),
    Operation(
        method="GET",
        path="/health/ready",
        handler=operations.ready,
        id="ready",
        tag="Operations",
        summary="Whether Postgres and Redis answer",
        answers={200: Answer(description="They do.", schema=schemas_service.Ready)},
        refusals=(domain.Unavailable,),
        auth=False,
    ),
    Operation(
        method="GET",
        path="/metrics",
        handler=operations.metrics,
        id="metrics",
        tag="Operations",
        summary="Metrics for Prometheus",
        answers={200: Answer(description="Metrics.", media="text/plain")},
        auth=False,
    ),
)
