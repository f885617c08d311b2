"""The addresses on which this installation listens: no webhook may lead there."""

from urllib.parse import urlsplit

from app.settings.settings import Settings

_POSTGRESQL = 5432
_PORTS = {"http": 80, "https": 443}


def own_servers(settings: Settings) -> set[tuple[str, int]]:
    """Return host and port of every server of this installation, as far as the settings name it."""
    urls = [urlsplit(url) for url in (settings.public_url, settings.sandbox_url) if url]
    found = {(url.hostname or "", url.port or _PORTS.get(url.scheme, 0)) for url in urls}
    found |= {(settings.host, port) for port in (settings.port, settings.metrics_port) if port}
    if settings.database_url:
        found |= {(host, port or _POSTGRESQL) for host, port in settings.database_address().hosts}
    if settings.redis_url:
        redis = settings.redis_address()
        found.add((redis.host, redis.port))
    return found
