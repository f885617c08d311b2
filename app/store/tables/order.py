"""The tables of the order of providers: waterfalls of accounts, and what providers have answered."""

from sqlalchemy import Column, Double, ForeignKey, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables import core
from app.store.tables.metadata import metadata, time_column

waterfalls = Table(
    "waterfalls",
    metadata,
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), primary_key=True),
    Column("mode", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("definition", JSONB, nullable=False),
    time_column("updated_at"),
)

# Counts that fade: see `Counts` in app/domain/order/statistics.py. Of a mode's rows all are read, and few are there:
# one for each route, segment and set of providers that had missed.
provider_statistics = Table(
    "provider_statistics",
    metadata,
    Column("mode", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("segment", Text, primary_key=True),
    # Names in alphabetical order, separated by commas.
    Column("missed", Text, primary_key=True),
    *(
        Column(name, Double, nullable=False)
        for name in ("asked", "returned", "accepted", "risky", "failed", "cost_usd", "seconds")
    ),
    # The last answers alone, which fade much faster: where they contradict the others, the provider has changed.
    *(Column(name, Double, nullable=False, server_default="0") for name in ("recent_asked", "recent_returned")),
    time_column("updated_at"),
)
