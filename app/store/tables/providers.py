"""The table of the providers' states: switched off or on, and the last check."""

from sqlalchemy import Boolean, Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.metadata import metadata, time_column

# One row a provider at most, so that all are read at once; a provider without a row is on, and was never checked.
provider_states = Table(
    "provider_states",
    metadata,
    Column("provider", Text, primary_key=True),
    time_column("switched_off_at", nullable=True),
    time_column("checked_at", nullable=True),
    Column("works", Boolean),
    Column("balance", JSONB),
    Column("reason", Text),
)
