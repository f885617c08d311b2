"""Sets of rows handed to PostgreSQL as one JSON document, so that a set is one statement however many rows it has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import JSON, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.schema import Table
from sqlalchemy.sql.selectable import TableValuedAlias

_encode = msgspec.json.Encoder().encode


def given(table: Table, names: Sequence[str]) -> TableValuedAlias:
    """Stand for the rows of the parameter ``rows`` as a table of the same columns and types.

    PostgreSQL itself turns JSON texts into each column's type, which leaves the driver an eighth of the work of a
    statement that is executed once a row.

    Args:
        table: Whose row type the rows have.
        names: The columns that the rows have.
    """
    document = cast(bindparam("rows", type_=Text), JSON)
    rows = func.json_populate_recordset(literal_column(f"NULL::{table.name}"), document)
    return rows.table_valued(*names, name="given")


def insert_given(table: Table, names: Sequence[str]) -> Insert:
    """Insert the rows of the parameter ``rows``; columns that are not named take their defaults."""
    rows = given(table, names)
    return insert(table).from_select(list(names), select(*(rows.c[name] for name in names)))


def row_set(values: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    r"""Write the parameter ``rows``: one mapping a row, structs among the values included.

    Bytes are written as PostgreSQL reads a bytea (its manual, section 8.4.1): ``\\x`` and hexadecimal digits.
    """
    rows = [
        {name: f"\\x{value.hex()}" if isinstance(value, bytes) else value for name, value in row.items()}
        for row in values
    ]
    return {"rows": _encode(rows).decode()}
