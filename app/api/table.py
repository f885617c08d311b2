"""Every operation of the API: the routes and the specification are both made from this table."""

from msgspec import Struct

from app.api import table_account, table_runs, table_service, table_webhooks
from app.api.operation import Operation
from app.api.schemas import RunEvent
from app.api.schemas_service import Problem

OPERATIONS: tuple[Operation, ...] = (
    *table_runs.OPERATIONS,
    *table_account.OPERATIONS,
    *table_webhooks.OPERATIONS,
    *table_service.OPERATIONS,
)

# Shapes that the specification describes though no operation answers them with a success.
_FURTHER: tuple[type[Struct], ...] = (RunEvent, Problem)

SCHEMAS: tuple[type[Struct], ...] = tuple(
    dict.fromkeys(
        [
            *(shape for one in OPERATIONS for shape in [one.body, *(a.schema for a in one.answers.values())] if shape),
            *_FURTHER,
        ]
    )
)
