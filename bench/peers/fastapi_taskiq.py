"""FastAPI with SQLAlchemy's ORM and taskiq, asynchronous from end to end."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import JSON, String
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from taskiq_redis import ListQueueBroker

engine = create_async_engine(
    os.environ["PEER_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"), pool_size=20
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
broker = ListQueueBroker(os.environ["PEER_REDIS_URL"])
vendors = httpx.AsyncClient(base_url=os.environ["PEER_VENDOR_URL"], trust_env=False)


class Base(DeclarativeBase):
    """The tables."""


class Run(Base):
    """A look-up."""

    __tablename__ = "fastapi_taskiq_runs"

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


async def session() -> AsyncIterator[AsyncSession]:
    """Open a session for a request."""
    async with sessions() as opened:
        yield opened


Opened = Annotated[AsyncSession, Depends(session)]


@app.get("/health")
async def health() -> dict[str, str]:
    """Say that it is ready."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return {"status": "ok"}


@app.post("/runs", status_code=202)
async def submit(contact: Contact, opened: Opened) -> Accepted:
    """Keep a run, and then queue it."""
    run = Run(contact=contact.model_dump())
    opened.add(run)
    await opened.commit()
    await look_up.kiq(str(run.id))
    return Accepted(runId=run.id, status=run.status)


@app.get("/runs/{run_id}")
async def read(run_id: UUID, opened: Opened) -> Shown:
    """Show a run."""
    run = await opened.get(Run, run_id)
    if run is None:
        raise HTTPException(404)
    return Shown(runId=run.id, status=run.status, result=run.result)


@broker.task
async def look_up(run_id: str) -> None:
    """Ask one vendor after the other."""
    async with sessions() as opened:
        run = await opened.get_one(Run, UUID(run_id))
        run.result = await _ask(run.contact)
        run.status = "completed"
        await opened.commit()


async def _ask(contact: dict[str, Any]) -> dict[str, Any] | None:
    query = {"domain": contact["companyDomain"]}
    for method, path in (("GET", "/email-finder"), ("POST", "/v1/people/email-finder"), ("GET", "/api/v2/find")):
        answer = await vendors.request(method, path, params=query, json=query if method == "POST" else None)
        if answer.status_code == httpx.codes.OK:
            return dict(answer.json())
    return None
