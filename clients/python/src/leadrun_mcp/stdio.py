"""MCP over standard input and output, for assistants that start programs."""

import anyio
from mcp.server.stdio import stdio_server

from leadrun import AsyncLeadrun
from leadrun_mcp.caller import Caller
from leadrun_mcp.server import make_server, report_of


def serve(api_key: str, url: str) -> None:
    """Serve one assistant until it closes standard input."""
    anyio.run(_serve, api_key, url)


async def _serve(api_key: str, url: str) -> None:
    async with AsyncLeadrun(api_key, url) as client:
        server = make_server(lambda context: Caller(client=client, report=report_of(context)))
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
