"""The Redis connection of a process."""

from redis.asyncio import BlockingConnectionPool, Redis

from app.settings.settings import Settings, redis_url

SOCKET_TIMEOUT = 2.0


def open_redis(settings: Settings) -> Redis:
    """Make the client; every operation gives up after two seconds, because Redis is never worth waiting for."""
    pool = BlockingConnectionPool.from_url(
        redis_url(settings),
        max_connections=16,
        timeout=SOCKET_TIMEOUT,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=SOCKET_TIMEOUT,
        socket_keepalive=True,
        health_check_interval=10,
        decode_responses=True,
    )
    return Redis(connection_pool=pool)
