"""Jobs and their contacts, and the endpoints that webhooks are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadrun.models import Model, SnakeModel


@dataclass(frozen=True, kw_only=True)
class JobProgress(SnakeModel):
    """How far a job is."""

    total: int
    completed: int = 0
    emails_found: int = 0
    phones_found: int = 0


@dataclass(frozen=True, kw_only=True)
class JobLine(SnakeModel):
    """A job in a list of jobs, without its contacts."""

    id: str
    status: str
    mode: str | None = None
    progress: JobProgress | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class JobMeta(SnakeModel):
    """The cost of a job, and how long it took."""

    total_cost_usd: float = 0.0
    duration_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactData(SnakeModel):
    """A contact of a job: as it was given, and what was found.

    Attributes:
        status: `found`, `not_found`, `error`, `cancelled`, or the state of its run until then.
        email_confidence: From 0 to 1.
        input: The contact as the server understood it.
        job_id: Of `contact.completed` alone.
        index: Its place in the job, from 0; of `contact.completed` alone.
    """

    run_id: str
    status: str
    first_name: str = ""
    last_name: str = ""
    domain: str = ""
    email: str | None = None
    email_confidence: float | None = None
    phone: str | None = None
    phone_type: str | None = None
    phone_extension: str | None = None
    providers_used: tuple[str, ...] = ()
    mode: str | None = None
    input: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    job_id: str | None = None
    index: int | None = None


@dataclass(frozen=True, kw_only=True)
class JobData(SnakeModel):
    """A job: up to 100 contacts in one request."""

    id: str
    status: str
    mode: str | None = None
    progress: JobProgress | None = None
    contacts: tuple[ContactData, ...] = ()
    meta: JobMeta | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EndpointNotice(Model):
    """The endpoint that a test was sent to, or that was disabled; of a test, only its id is known."""

    endpoint_id: str
    url: str | None = None
    description: str = ""
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    failing_since: datetime | None = None
