"""Assistants: clients of the MCP server, the official one and FastMCP's, over each transport."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import ProgressFnT
from mcp_types import CallToolResult, TextContent

from tests.architecture.tree import ROOT

# The transport, and the protocol: of 2026, without sessions, or the handshake of before.
DOORS = ("stdio", "http", "http-handshake")


def environment(url: str, key: str) -> dict[str, str]:
    """Return the variables of `leadrun mcp`."""
    path = f"{ROOT / 'clients' / 'python' / 'src'}:{ROOT}"
    return {"LEADRUN_URL": url, "LEADRUN_API_KEY": key, "PYTHONPATH": path, "PATH": os.environ["PATH"]}


class Assistant:
    """An assistant that calls tools."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def result(self, tool: str, arguments: dict[str, Any], progress: ProgressFnT | None = None) -> CallToolResult:
        """Call a tool; the official client checks the output by its schema."""
        return await self.client.call_tool(tool, arguments, progress_callback=progress)

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that succeeds; returns its structured output."""
        result = await self.result(tool, arguments)
        assert not result.is_error, text_of(result)
        found: dict[str, Any] = result.structured_content
        return found

    async def refusal(self, tool: str, **arguments: Any) -> str:
        """Call a tool that fails; returns what the assistant reads."""
        result = await self.result(tool, arguments)
        assert result.is_error, text_of(result)
        return text_of(result)


def text_of(result: CallToolResult) -> str:
    """Return the text of a result."""
    [text, *_] = result.content
    assert isinstance(text, TextContent)
    return text.text


@asynccontextmanager
async def connected(door: str, url: str, key: str, **headers: str) -> AsyncIterator[Assistant]:
    """Connect an assistant."""
    if door == "stdio":
        parameters = StdioServerParameters(
            command=sys.executable, args=["-m", "leadrun_cli.main", "mcp"], env=environment(url, key)
        )
        async with Client(parameters) as client:
            yield Assistant(client)
        return
    sent = {"authorization": f"Bearer {key}", **headers}
    async with httpx2.AsyncClient(headers=sent, timeout=60) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, mode="legacy" if door == "http-handshake" else "auto") as client:
            yield Assistant(client)


def fast_client(door: str, url: str, key: str) -> Any:
    """Make a client of FastMCP."""
    # Here, for it takes a second to import, in each process of the tests.
    from fastmcp import Client as FastClient  # noqa: PLC0415
    from fastmcp.client.transports import StdioTransport, StreamableHttpTransport  # noqa: PLC0415

    if door == "stdio":
        arguments = ["-m", "leadrun_cli.main", "mcp"]
        return FastClient(StdioTransport(sys.executable, arguments, env=environment(url, key)))
    return FastClient(StreamableHttpTransport(f"{url}/mcp", headers={"x-api-key": key}))
