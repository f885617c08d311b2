"""The table of the results that vendors are asked to post."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, Uuid

from app.store.tables import core
from app.store.tables.metadata import metadata, time_column

# One post each: the token allows to write the body once. Only its digest is stored, so that reading the database does
# not allow to answer in a vendor's place.
provider_callbacks = Table(
    "provider_callbacks",
    metadata,
    Column("token_digest", LargeBinary, primary_key=True),
    Column("cascade_id", Uuid, ForeignKey(core.cascades.c.id, ondelete="CASCADE"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("field", Text, nullable=False),
    time_column("created_at"),
    time_column("expires_at"),
    Column("body", LargeBinary),
    time_column("received_at", nullable=True),
    CheckConstraint("(body IS NULL) = (received_at IS NULL)", name="received_with_body"),
    # Expired ones, with the personal data in them, are deleted by age.
    Index("ix_provider_callbacks_expires_at", "expires_at"),
    # Followed when a cascade is deleted.
    Index("ix_provider_callbacks_cascade_id", "cascade_id"),
)
