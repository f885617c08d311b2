"""The whole schema in one place: importing this module imports every table."""

from app.store.tables import callbacks, core, jobs, people, spend, webhooks
from app.store.tables.metadata import metadata

__all__ = ["callbacks", "core", "jobs", "metadata", "people", "spend", "webhooks"]
