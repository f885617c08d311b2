"""Claims of what is due: everybody takes turns, and no two dispatchers lease the same delivery, however close."""

import asyncio
from collections import Counter
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services import Services
from app.store.database.engine import open_engine
from app.store.tables.webhooks import deliveries
from app.store.webhooks.deliveries import LeasedDelivery
from app.store.webhooks.leases import lease
from app.store.webhooks.signing_secrets import SecretCipher, SecretHolder
from app.usecases.webhooks.signing_secrets import active_secrets
from tests.webhooks.conftest import PATIENCE, Box


async def _claim(services: Services, connection: AsyncConnection, owner: str, **bounds: Any) -> list[LeasedDelivery]:
    asked: dict[str, Any] = {"limit": 9, "per_host": 9, "per_account": 9, "busy": {}} | bounds
    return await lease(connection, now=services.now(), owner=owner, lease_seconds=30, **asked)


class Interrupted:
    """A connection on which something happens between the first statement and the second."""

    # Not known yet, so that each statement asks for what it runs on.
    sync_connection = None

    def __init__(self, connection: AsyncConnection, meanwhile: Any) -> None:
        """Pass everything on to this connection."""
        self._connection, self._meanwhile, self._statements = connection, meanwhile, 0

    def __getattr__(self, name: str) -> Any:
        """Pass everything else on."""
        return getattr(self._connection, name)

    async def get_raw_connection(self) -> Any:
        """Hand out what the next statement runs on."""
        self._statements += 1
        if self._statements == 2:
            await self._meanwhile()
        return await self._connection.get_raw_connection()


async def test_accounts_take_turns_and_within_one_its_receivers(services: Services, box: Box) -> None:
    loud, quiet = await box.account(), await box.account()
    for host in ("a", "b"):
        await box.owe(f"https://{host}.example/", owner=loud, count=5)
    await box.owe("https://a.example/", owner=quiet, count=2)
    async with services.engine.begin() as connection:
        bounds = {"limit": 5, "per_host": 2, "per_account": 4}
        leased = await _claim(services, connection, "me", **bounds, busy={("b.example", loud.account_id): 1})
    assert sorted((one.account_id == loud.account_id, one.host) for one in leased) == [
        (False, "a.example"),
        (False, "a.example"),
        (True, "a.example"),
        (True, "a.example"),
        (True, "b.example"),
    ]


async def test_a_receiver_has_the_places_that_it_earned(services: Services, box: Box) -> None:
    account = await box.account()
    for host in ("a", "b", "c"):
        await box.owe(f"https://{host}.example/", owner=account, count=9)
    async with services.engine.begin() as connection:
        places = {(f"{host}.example", account.account_id): count for host, count in (("a", 7), ("b", 1))}
        busy = {("a.example", account.account_id): 2}
        bounds = {"limit": 99, "per_host": 4, "per_account": 99}
        leased = await _claim(services, connection, "me", **bounds, busy=busy, places=places)
    assert Counter(one.host for one in leased) == {"a.example": 5, "b.example": 1, "c.example": 4}


async def test_w2_two_claims_at_the_same_instant_share_no_delivery(services: Services, box: Box) -> None:
    [delivery] = await box.owe("https://hooks.example.com/")
    async with asyncio.timeout(PATIENCE), services.engine.connect() as one, services.engine.connect() as two:
        mine = await _claim(services, one, "one")
        # The other one sees it as due and finds it locked: it neither takes it nor waits for it.
        assert await _claim(services, two, "two") == []
        await one.commit()
        assert await _claim(services, two, "two") == []
        await two.commit()
    assert [leased.id for leased in mine] == [delivery]
    assert (await box.row(delivery)).lease_owner == "one"


async def test_w2_what_is_leased_between_a_look_and_its_claim_is_left_alone(services: Services, box: Box) -> None:
    [delivery] = await box.owe("https://hooks.example.com/")
    taken: list[UUID] = []

    async def quicker() -> None:
        async with services.engine.begin() as connection:
            taken.extend(one.id for one in await _claim(services, connection, "quick"))

    async with services.engine.begin() as connection:
        slow = cast("AsyncConnection", Interrupted(connection, quicker))
        assert await _claim(services, slow, "slow") == []
    assert taken == [delivery]
    assert (await box.row(delivery)).lease_owner == "quick"


async def test_w2_many_claims_at_once_lease_each_delivery_to_one(services: Services, box: Box) -> None:
    owed = [one for n in range(20) for one in await box.owe(f"https://h{n}.example/", count=3)]
    start = asyncio.Barrier(4)

    async def claimant(name: str) -> list[UUID]:
        taken: list[UUID] = []
        await start.wait()
        while True:
            async with services.engine.begin() as connection:
                taken += [one.id for one in await _claim(services, connection, name, limit=7)]
                leased = await connection.scalar(select(func.count()).where(deliveries.c.lease_owner.is_not(None)))
            if leased == len(owed):
                return taken

    async with asyncio.timeout(PATIENCE):
        taken = await asyncio.gather(*(claimant(name) for name in "abcd"))
    assert sorted(one for some in taken for one in some) == sorted(owed)


async def test_leases_wait_for_no_disk_and_a_secret_made_with_them_does(services: Services, box: Box) -> None:
    await box.owe("https://hooks.example.com/")
    shown, url = text("SHOW synchronous_commit"), services.settings.database_url or ""
    durable = f"{url}{'&' if '?' in url else '?'}options=-c%20synchronous_commit%3Don"
    engine = open_engine(msgspec.structs.replace(services.settings, database_url=durable))
    async with engine.connect() as connection:
        [leased] = await _claim(services, connection, "me")
        assert await connection.scalar(shown) == "off"
        holder = SecretHolder(account_id=leased.account_id, mode=leased.mode, endpoint_id=None)
        await active_secrets(connection, services, SecretCipher(services.settings), [holder])
        assert await connection.scalar(shown) == "on"
        await connection.rollback()
        assert await connection.scalar(shown) == "on"
    await engine.dispose()
