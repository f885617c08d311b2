"""Read the state of an installation: its servers, its queues, its closed gates."""

from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

import msgspec
from redis.exceptions import RedisError

from app.broker import QUEUES
from app.domain.waterfall.provider_limits import GateState
from app.redis.processes import SignOfLife, read_processes
from app.redis.provider_gate import ProviderGate
from app.services import Services
from app.store.database.facts import facts
from app.store.waterfall.last_errors import FailedAttempt, LostCascade, failed_attempts, lost_cascades
from app.store.waterfall.statistics import Backlog, backlog
from app.store.webhooks.failed_deliveries import FailedDelivery, failed_deliveries

# A queue whose oldest work waits longer than this needs more workers, or has none.
LATE_SECONDS = 60.0


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an installation.

    Attributes:
        database_mib: Size of the database.
        redis: Version of Redis; None where it does not answer.
        gates: Providers that are not asked just now, and why.
        processes: Those that give signs of life, or gave some within a day; None where Redis does not answer.
        attempts: The last ones that ended in an error.
        lost: The last cascades that were given up because workers were lost.
        deliveries: The last ones that were given up.
    """

    version: str
    postgres: str
    database_mib: float
    connections: int
    revision: str
    redis: str | None
    queues: list[Backlog]
    gates: list[GateState]
    processes: list[SignOfLife] | None
    attempts: list[FailedAttempt]
    lost: list[LostCascade]
    deliveries: list[FailedDelivery]
    now: datetime

    @property
    def late(self) -> list[Backlog]:
        """The queues whose oldest work waits for long."""
        return [queue for queue in self.queues if queue.oldest_seconds > LATE_SECONDS]

    @property
    def silent(self) -> list[SignOfLife]:
        """The processes whose signs of life are missing."""
        return [one for one in self.processes or () if one.is_lost(self.now)]

    @property
    def unserved(self) -> list[str]:
        """The queues whose work no living worker does."""
        if self.processes is None:
            return []
        served = {queue for one in self.processes if not one.is_lost(self.now) for queue in one.queues}
        return [queue for queue in QUEUES if queue not in served]


async def read_installation(services: Services) -> Installation:
    """Read the state.

    Raises:
        UnavailableError: The database cannot be reached.
    """
    now = services.now()
    async with services.read() as connection:
        database = await facts(connection)
        queues = await backlog(connection, now)
        attempts = await failed_attempts(connection)
        lost = await lost_cascades(connection, services.settings.max_leases)
        deliveries = await failed_deliveries(connection)
    return Installation(
        version=_version(),
        postgres=database.version,
        database_mib=database.bytes / 2**20,
        connections=database.connections,
        revision=database.revision,
        redis=await _redis(services),
        queues=queues,
        gates=await ProviderGate(services.redis).states(),
        processes=await read_processes(services.redis, now),
        attempts=attempts,
        lost=lost,
        deliveries=deliveries,
        now=now,
    )


async def _redis(services: Services) -> str | None:
    try:
        info = await services.redis.info("server")
    except RedisError:
        return None
    name = "Valkey" if "valkey_version" in info else "Redis"
    return f"{name} {info.get('valkey_version') or info['redis_version']}"


def _version() -> str:
    try:
        return version("leadrun")
    except PackageNotFoundError:  # runs from its sources
        return "0.0.0"
