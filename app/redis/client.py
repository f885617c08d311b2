"""The Redis connection of a process."""

from redis.asyncio import BlockingConnectionPool, Redis

from app.settings.settings import Settings

SOCKET_TIMEOUT = 2.0


def open_redis(settings: Settings) -> Redis:
    """Return the Redis client; every operation times out after two seconds, because all work goes on without Redis."""
    address = settings.redis_address()
    # A Unix socket knows no keep-alive, and redis-py refuses the argument.
    keepalive = {} if address.path else {"socket_keepalive": True}
    pool = BlockingConnectionPool.from_url(
        address.for_redis(),
        max_connections=16,
        timeout=SOCKET_TIMEOUT,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=SOCKET_TIMEOUT,
        health_check_interval=10,
        decode_responses=True,
        **keepalive,
    )
    # The client owns the pool, so that closing it closes the connections.
    return Redis.from_pool(pool)
