"""Failed log-ins in the audit log: few entries however many there are, and none that says which addresses are known."""

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.people.credentials import WrongCredentialsError
from app.domain.people.role import Role
from app.redis.sliding_window import Limiter
from app.services import Services
from app.store.tables.audit import audit_entries
from app.usecases.people.manage_people import ManagePeople
from app.usecases.people.sign_in import SignIn

PLACE = "192.0.2.7"


async def _noted(services: Services) -> list[tuple[Any, ...]]:
    e = audit_entries.c
    wanted = select(e.target, e.detail["failures"].as_integer(), e.account_id.is_(None), e.actor)
    async with services.read() as connection:
        rows = await connection.execute(wanted.where(e.action == "person.log-in-failed").order_by(e.id))
        return [tuple(row) for row in rows]


async def test_failed_log_ins_are_noted_at_1_10_and_100_in_an_hour(services: Services) -> None:
    user_id = await ManagePeople(services).create(
        "jane@acme.example", "a long enough password", account="acme", role=Role.OWNER
    )
    sign_in = SignIn(services, Limiter(services.redis, name="test", monotonic=services.clock.monotonic))
    for email in ("jane@acme.example", "nobody@acme.example"):
        with pytest.raises(WrongCredentialsError):
            await sign_in.check(email, "not this one", address=PLACE)
    await sign_in.failed.settled()
    assert await _noted(services) == [(str(user_id), 1, False, "")]
    for _ in range(120):
        sign_in.failed.add(user_id, PLACE)
        await sign_in.failed.settled()
    person, place = (str(user_id), False), (PLACE, True)
    noted = [((target, of_nobody), count) for target, count, of_nobody, _ in await _noted(services)]
    assert noted == [(person, 1), (place, 10), (person, 10), (place, 100), (person, 100)]
