"""Every operation of the API: the routes and the specification are both made from this table."""

from msgspec import Struct

from app.api.openapi import (
    table_account,
    table_batches,
    table_deliveries,
    table_jobs,
    table_runs,
    table_service,
    table_webhooks,
)
from app.api.openapi.operation import Operation, shapes
from app.api.openapi.schemas_service import Problem
from app.dialects.batches.schemas import BatchEvent
from app.dialects.leadmodule.schemas import RunEvent
from app.dialects.leadsonar.schemas import ContactEvent, JobEvent
from app.dialects.webhooks.schemas import EndpointDisabledEvent, PingEvent

OPERATIONS: tuple[Operation, ...] = (
    *table_runs.OPERATIONS,
    *table_jobs.OPERATIONS,
    *table_batches.OPERATIONS,
    *table_account.OPERATIONS,
    *table_webhooks.OPERATIONS,
    *table_deliveries.OPERATIONS,
    *table_service.OPERATIONS,
)

# Shapes that the specification describes though no operation answers them with a success.
_FURTHER: tuple[type[Struct], ...] = (
    RunEvent,
    JobEvent,
    ContactEvent,
    BatchEvent,
    PingEvent,
    EndpointDisabledEvent,
    Problem,
)

SCHEMAS: tuple[type[Struct], ...] = tuple(
    dict.fromkeys(
        [
            *(
                struct
                for one in OPERATIONS
                for shape in [one.body, *(answer.schema for answer in one.answers.values())]
                for struct in shapes(shape)
            ),
            *_FURTHER,
        ]
    )
)
