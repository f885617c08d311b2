"""MCP over HTTP, within a process that serves the API: each request stands for itself, whatever process answers it."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from leadrun import AsyncLeadrun
from leadrun_mcp.caller import Caller
from leadrun_mcp.inprocess import App, InProcessTransport, Message
from leadrun_mcp.server import Context, make_server, report_of

# For a request that waits for nothing; a longer `Retry-After` is the assistant's to wait for.
SECONDS = 15.0
_CALLER = "leadrun.mcp"


async def answer(
    scope: dict[str, Any],
    receive: Callable[[], Any],
    send: Callable[[Message], Any],
    *,
    api: App,
    api_key: str,
    headers: Sequence[tuple[bytes, bytes]],
    ends: Callable[[], bool],
) -> None:
    """Answer one request of an assistant; what its tools ask for is asked of the API within this process.

    Args:
        scope: Of the request (ASGI).
        receive: Gives its body, whose size the caller has bounded.
        send: Takes the answer.
        api: The ASGI application of the API.
        api_key: Of the request.
        headers: Further headers for what the tools ask for.
        ends: Returns whether the process is about to end.
    """
    transport = InProcessTransport(api, scope, headers)
    async with (
        httpx.AsyncClient(transport=transport) as http_client,
        AsyncLeadrun(api_key, "http://leadrun", timeout=SECONDS, max_retries=0, http_client=http_client) as client,
    ):
        scope[_CALLER] = (client, ends)
        # One for each request: it ends with the request, and what it began ends with it.
        manager = StreamableHTTPSessionManager(_SERVER, stateless=True)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def _caller_of(context: Context) -> Caller:
    request: Any = context.request
    client, ends = request.scope[_CALLER]
    return Caller(client=client, report=report_of(context), ends=ends)


_SERVER = make_server(_caller_of)
