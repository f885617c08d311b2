"""Read how an installation is: its servers, its queues, its closed gates."""

from importlib.metadata import PackageNotFoundError, version

import msgspec
from redis.exceptions import RedisError

from app.domain.waterfall.provider_limits import GateState
from app.redis.provider_gate import ProviderGate
from app.services import Services
from app.store.database.facts import facts
from app.store.waterfall.statistics import Backlog, backlog

# A queue whose oldest work waits longer than this needs more workers, or has none.
LATE_SECONDS = 60.0


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an installation.

    Attributes:
        database_mib: Size of the database.
        redis: Version of Redis; None where it does not answer.
        gates: Providers that are not asked just now, and why.
    """

    version: str
    postgres: str
    database_mib: float
    connections: int
    revision: str
    redis: str | None
    queues: list[Backlog]
    gates: list[GateState]

    @property
    def late(self) -> list[Backlog]:
        """The queues whose oldest work waits for long."""
        return [queue for queue in self.queues if queue.oldest_seconds > LATE_SECONDS]


async def read_installation(services: Services) -> Installation:
    """Read the state.

    Raises:
        UnavailableError: The database cannot be reached.
    """
    async with services.read() as connection:
        database = await facts(connection)
        queues = await backlog(connection, services.now())
    return Installation(
        version=_version(),
        postgres=database.version,
        database_mib=database.bytes / 2**20,
        connections=database.connections,
        revision=database.revision,
        redis=await _redis(services),
        queues=queues,
        gates=await ProviderGate(services.redis).states(),
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
