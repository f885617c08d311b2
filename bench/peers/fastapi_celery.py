"""FastAPI with SQLAlchemy's ORM and Celery, as templates write it: functions without await, in threads."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
from celery import Celery
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import JSON, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

# More connections than FastAPI has threads (40): with fewer, each thread waits for a connection whose session only
# another thread could close.
engine = create_engine(os.environ["PEER_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"), pool_size=50)
sessions = sessionmaker(engine)
app = FastAPI()
celery = Celery("peer", broker=os.environ["PEER_REDIS_URL"])
celery.conf.task_ignore_result = True
vendors = httpx.Client(base_url=os.environ["PEER_VENDOR_URL"], trust_env=False)


class Base(DeclarativeBase):
    """The tables."""


class Run(Base):
    """A look-up."""

    __tablename__ = "fastapi_celery_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    contact: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(20), default="pending")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC).replace(tzinfo=None))


class Contact(BaseModel):
    """The body of a submission."""

    firstName: str  # noqa: N815 - as the body has it
    lastName: str  # noqa: N815
    companyDomain: str  # noqa: N815


class Accepted(BaseModel):
    """The answer to a submission."""

    runId: UUID  # noqa: N815
    status: str


class Shown(Accepted):
    """A run."""

    result: dict[str, Any] | None


def session() -> Iterator[Session]:
    """Open a session for a request."""
    with sessions() as opened:
        yield opened


Opened = Annotated[Session, Depends(session)]


@app.get("/health")
def health() -> dict[str, str]:
    """Say that it is ready."""
    Base.metadata.create_all(engine)
    return {"status": "ok"}


@app.post("/runs", status_code=202)
def submit(contact: Contact, opened: Opened) -> Accepted:
    """Keep a run, and then queue it."""
    run = Run(contact=contact.model_dump())
    opened.add(run)
    opened.commit()
    look_up.delay(str(run.id))
    return Accepted(runId=run.id, status=run.status)


@app.get("/runs/{run_id}")
def read(run_id: UUID, opened: Opened) -> Shown:
    """Show a run."""
    run = opened.get(Run, run_id)
    if run is None:
        raise HTTPException(404)
    return Shown(runId=run.id, status=run.status, result=run.result)


@celery.task(name="look_up")
def look_up(run_id: str) -> None:
    """Ask one vendor after the other."""
    with sessions() as opened:
        run = opened.get_one(Run, UUID(run_id))
        run.result = _ask(run.contact)
        run.status = "completed"
        opened.commit()


def _ask(contact: dict[str, Any]) -> dict[str, Any] | None:
    query = {"domain": contact["companyDomain"]}
    for method, path in (("GET", "/email-finder"), ("POST", "/v1/people/email-finder"), ("GET", "/api/v2/find")):
        answer = vendors.request(method, path, params=query, json=query if method == "POST" else None)
        if answer.status_code == httpx.codes.OK:
            return dict(answer.json())
    return None
