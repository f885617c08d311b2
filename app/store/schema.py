"""The whole schema in one place: importing this module has imported every table."""

from app.store import callback_tables, delivery_tables, job_tables, tables
from app.store.metadata import metadata

__all__ = ["callback_tables", "delivery_tables", "job_tables", "metadata", "tables"]
