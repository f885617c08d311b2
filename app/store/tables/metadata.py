"""The naming convention of the schema, and the kind of column that every table has."""

from sqlalchemy import (
    Column,
    DateTime,
    MetaData,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def time_column(name: str, *, nullable: bool = False) -> Column[object]:
    """Make a column of points in time."""
    return Column(name, DateTime(timezone=True), nullable=nullable)
