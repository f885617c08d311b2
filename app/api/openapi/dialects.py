"""Narrow the operations to one dialect, for clients that speak no other."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from app.api.openapi.operation import Operation, Shape, shapes
from app.domain.vocabulary import Dialect

ABOUT = {
    Dialect.LEADMODULE: "**Dialect.** This document describes LeadModule's form; `/api/v1/openapi.json` has both.",
    Dialect.LEADSONAR: (
        "**Dialect.** This document describes LeadSonar's form alone: at `/api/v1/enrich` stand jobs. A look-up that "
        "goes on (202) is joined by sending it again, which costs nothing. `/api/v1/openapi.json` describes the rest."
    ),
}


def of_dialect(operations: Sequence[Operation], dialect: Dialect) -> list[Operation]:
    """List the operations of a dialect; where a path serves both, with the bodies of this one alone."""
    return [_narrowed(one, dialect) for one in operations if one.dialect in (None, dialect)]


def _narrowed(operation: Operation, dialect: Dialect) -> Operation:
    given = (operation.body, *(answer.schema for answer in operation.answers.values()))
    if not any(isinstance(shape, tuple) for shape in given):
        return operation
    answers = {
        status: replace(answer, schema=_of(answer.schema, dialect)) for status, answer in operation.answers.items()
    }
    return replace(
        operation,
        body=_of(operation.body, dialect),
        answers={status: answer for status, answer in answers.items() if answer.schema},
    )


def _of(shape: Shape | None, dialect: Dialect) -> type[Struct] | None:
    """Return the Struct of a shape that stands in the package of a dialect."""
    return next((one for one in shapes(shape) if f".{dialect}." in one.__module__), None)
