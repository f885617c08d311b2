"""A column type for JSON that is given back as it was written."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Dialect, Text, cast, type_coerce
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.types import TypeDecorator


class WrittenJson(TypeDecorator[msgspec.Raw]):
    """The type ``json``, which keeps the order of members and the form of numbers; ``jsonb`` keeps neither."""

    impl = JSON
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read the text, so that no parser changes it."""
        return type_coerce(cast(column, Text), self)

    def process_result_value(self, value: str | None, dialect: Dialect) -> msgspec.Raw | None:  # noqa: ARG002 - SQLAlchemy's own
        """Return the text as part of a JSON document."""
        return None if value is None else msgspec.Raw(value.encode())
