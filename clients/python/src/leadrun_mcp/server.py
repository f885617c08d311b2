"""The MCP server: tools and resources behind the official SDK, whatever the transport."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    ResourceLink,
    TextContent,
)
from pydantic import ValidationError

from leadrun import __version__
from leadrun.errors import LeadrunError
from leadrun_mcp import failures, resources
from leadrun_mcp.caller import Caller, Report
from leadrun_mcp.schemas import ToolOutput
from leadrun_mcp.tools import BY_NAME, TOOLS, ToolEntry

INSTRUCTIONS = """\
Finds work e-mail addresses and phone numbers by asking paid providers in turn. Look-ups with a live key cost credits: \
ask the user before spending on a list, and use quote or dry_run first. not_found means that no provider knows the \
person: do not make an address up. An address whose email_validation is not valid may bounce; say so.\
"""
Context = ServerRequestContext[Any, Any]
T = TypeVar("T")
CallerOf = Callable[[Context], Caller]

log = logging.getLogger("leadrun")


def make_server(caller_of: CallerOf) -> Server[Any]:
    """Build the server.

    Args:
        caller_of: Returns who calls, by the request's context.
    """

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[tool.published for tool in TOOLS])

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        tool = BY_NAME.get(params.name)
        if tool is None:
            raise MCPError(code=INVALID_PARAMS, message=f"There is no such tool; there are {', '.join(BY_NAME)}.")
        return await _call(tool, caller_of(context), params.arguments or {})

    async def list_resources(context: Context, _: PaginatedRequestParams | None) -> ListResourcesResult:
        return ListResourcesResult(resources=await _read(resources.listed(caller_of(context).client)))

    async def list_templates(_: Context, __: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=list(resources.TEMPLATES))

    async def read_resource(context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        return ReadResourceResult(contents=[await _read(resources.contents(caller_of(context).client, params.uri))])

    return Server(
        "leadrun",
        version=__version__,
        title="leadrun",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: tool.published.input_schema if (tool := BY_NAME.get(name)) else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def report_of(context: Context) -> Report | None:
    """Return what reports the progress of a call; None where the assistant did not ask for it."""
    return context.session.report_progress if "progress_token" in (context.meta or {}) else None


async def _call(tool: ToolEntry, caller: Caller, arguments: dict[str, Any]) -> CallToolResult:
    """Call a tool; what an assistant can mend is a result that says so, not an error of the protocol."""
    with _masked():
        try:
            output = await tool.call(caller, tool.arguments.model_validate(arguments))
        except ValidationError as error:
            return _failed(failures.faults(error, tool.arguments.model_fields))
        except LeadrunError as error:
            return _failed(failures.sentence(error))
    structured = output.model_dump(mode="json", exclude_none=True)
    # The same as text, for assistants that read no structured output (MCP 2025-11-25, "Structured Content").
    text = TextContent(type="text", text=json.dumps(structured, ensure_ascii=False))
    return CallToolResult(content=[text, *_links(output)], structured_content=structured)


def _links(output: ToolOutput) -> list[ResourceLink]:
    run_id, batch_id = getattr(output, "run_id", None), getattr(output, "batch_id", None)
    return [resources.run_link(run_id)] if run_id else [resources.batch_link(batch_id)] if batch_id else []


def _failed(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


async def _read(reading: Awaitable[T]) -> T:
    with _masked():
        try:
            return await reading
        except LeadrunError as error:
            raise MCPError(code=INVALID_PARAMS, message=failures.sentence(error)) from None


@contextmanager
def _masked() -> Iterator[None]:
    """Let nothing internal reach the assistant: the SDK would send the text of any error."""
    try:
        yield
    except MCPError:
        raise
    except Exception as error:
        log.exception("mcp: a request failed")
        raise MCPError(code=INTERNAL_ERROR, message="Something failed inside leadrun; its log says what.") from error
