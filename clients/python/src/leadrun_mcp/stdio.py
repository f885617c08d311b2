"""MCP over standard input and output, for assistants that start programs."""

import anyio
from mcp.server.stdio import stdio_server

from leadrun import AsyncLeadrun
from leadrun_mcp.caller import Caller
from leadrun_mcp.server import Context, make_server


def serve(api_key: str, url: str) -> None:
    """Serve one assistant until it closes standard input."""
    anyio.run(_serve, api_key, url)


async def _serve(api_key: str, url: str) -> None:
    async with AsyncLeadrun(api_key, url) as client:

        def caller(context: Context) -> Caller:
            wanted = "progress_token" in (context.meta or {})
            return Caller(client=client, report=context.session.report_progress if wanted else None)

        server = make_server(caller)
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
