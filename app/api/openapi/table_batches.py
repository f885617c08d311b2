"""Operations on batches."""

from typing import Any

from app.api.batches import batches, results
from app.api.http.submission import REFUSALS
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, Operation
from app.dialects import patterns
from app.dialects.batches import schemas
from app.dialects.body_reader import LEAST_COST, MAX_COST
from app.domain import errors as domain
from app.domain.contacts.contact import MAX_URL
from app.domain.runs.batch import MAX_ROWS, Format
from app.domain.vocabulary import EnrichmentType, Field
from app.providers.setup.registry import load_specs

# What the rows of a text are, once it is read.
_ROWS = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_ROWS,
    "items": {"$ref": f"#/components/schemas/{schemas.BatchContact.__name__}"},
}
_LINE = '{"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}\n'
_TEXTS = tuple(
    (
        media,
        {
            "type": "string",
            "description": f"{what}, such as\n\n```\n{example}```",
            "contentMediaType": media,
            "contentSchema": _ROWS,
        },
    )
    for media, what, example in (
        ("application/x-ndjson", "An object a line", _LINE),
        ("application/jsonl", "An object a line", _LINE),
        (
            "text/csv",
            "A line with the names of the columns, then a line for each contact; an empty cell is an absent member",
            "first_name,last_name,domain\r\nJane,Smith,acme.example\r\n",
        ),
    )
)
_BATCH = DocumentedResponse(description="The batch.", schema=schemas.Batch, headers=("Retry-After",))


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    parameter = {
        "in": "query",
        "name": name,
        "description": description,
        "allowEmptyValue": True,
        "schema": schema,
    }
    # A list is one text with commas.
    return parameter | ({"style": "form", "explode": False} if schema["type"] == "array" else {})


_PROVIDERS = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string", "enum": [spec.slug for spec in load_specs()]},
}
_FLAG: dict[str, Any] = {"type": "boolean", "default": False}
_OPTIONS = (
    _query(
        "fields",
        "What to look for.",
        {"type": "array", "minItems": 1, "items": {"type": "string", "enum": [field.value for field in Field]}},
    ),
    _query(
        "enrichment_type",
        "The same in one word.",
        {"type": "string", "enum": [kind.value for kind in EnrichmentType]},
    ),
    _query(
        "webhook_url",
        "Where the end is posted.",
        {"type": "string", "maxLength": MAX_URL, "pattern": patterns.RECEIVER_OR_EMPTY},
    ),
    _query("strict", "Refuse all where a single row is bad.", _FLAG),
    _query("force_refresh", "Look up again although the cache has an answer.", _FLAG),
    _query("providers", "Only these, in this order.", _PROVIDERS),
    _query(
        "max_cost_usd",
        "Stop before the providers' charges for a contact pass it.",
        {"type": "number", "minimum": float(LEAST_COST), "maximum": float(MAX_COST)},
    ),
)
_FORMAT = _query("format", "Instead of the `Accept` header.", {"type": "string", "enum": [one.value for one in Format]})

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/api/v1/batches",
        handler=batches.submit,
        id="createBatch",
        tag="Batches",
        summary="Upload up to 100 000 contacts",
        parameters=(parameters.IDEMPOTENCY, *_OPTIONS),
        body=schemas.BatchRequest,
        texts=_TEXTS,
        answers={
            201: DocumentedResponse(
                description="Accepted; poll `Location`, or wait for the webhook.",
                schema=schemas.BatchAccepted,
                headers=("Location", "Retry-After", "Idempotent-Replayed"),
            )
        },
        refusals=REFUSALS,
    ),
    Operation(
        method="GET",
        path="/api/v1/batches",
        handler=batches.list_batches,
        id="listBatches",
        tag="Batches",
        summary="List batches, newest first",
        parameters=parameters.PAGE_OF_JOBS,
        answers={200: DocumentedResponse(description="A page.", schema=schemas.BatchPage)},
        refusals=(domain.InvalidInputError,),
    ),
    Operation(
        method="GET",
        path="/api/v1/batches/{batch_id}",
        handler=batches.read,
        id="getBatch",
        tag="Batches",
        summary="Show a batch with its progress",
        parameters=(parameters.BATCH_ID,),
        answers={200: _BATCH},
        refusals=(domain.UnknownIdError,),
    ),
    Operation(
        method="GET",
        path="/api/v1/batches/{batch_id}/results",
        handler=results.read_results,
        id="getBatchResults",
        tag="Batches",
        summary="Download the rows of a batch with what was found",
        parameters=(parameters.BATCH_ID, _FORMAT),
        answers={
            200: DocumentedResponse(
                description="Every row in input order, also while the batch is processed.",
                schema=schemas.BatchResults,
                headers=("Content-Disposition",),
                texts=("application/x-ndjson", "text/csv"),
            )
        },
        refusals=(domain.InvalidInputError, domain.UnknownIdError),
    ),
    Operation(
        method="POST",
        path="/api/v1/batches/{batch_id}/cancel",
        handler=batches.cancel,
        id="cancelBatch",
        tag="Batches",
        summary="Cancel what has not ended of a batch",
        parameters=(parameters.BATCH_ID,),
        answers={200: _BATCH},
        refusals=(domain.UnknownIdError, domain.AlreadyEndedError),
    ),
)
