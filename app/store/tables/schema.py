"""The whole schema in one place: importing this module imports every table."""

from app.store.tables import audit, callbacks, core, figures, jobs, order, people, providers, quotes, spend, webhooks
from app.store.tables.metadata import metadata

__all__ = [
    "audit",
    "callbacks",
    "core",
    "figures",
    "jobs",
    "metadata",
    "order",
    "people",
    "providers",
    "quotes",
    "spend",
    "webhooks",
]
