"""The one place that makes HTTP clients for providers."""

import httpx
from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport

KEEP_ALIVE = 30.0


def open_http() -> httpx.AsyncClient:
    """Make the process's client: aiohttp's engine, no limit on connections, no cookies, no redirects."""

    def session() -> ClientSession:
        made = ClientSession(connector=TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE), cookie_jar=DummyCookieJar())
        # By itself aiohttp sends a GET again when the connection breaks, and has no public switch for that; a GET may
        # be billed like any other request, so that what is sent again is decided in one place, the exchange.
        made._retry_connection = False  # noqa: SLF001 - see above
        return made

    return httpx.AsyncClient(transport=AiohttpTransport(client=session), follow_redirects=False, trust_env=False)
