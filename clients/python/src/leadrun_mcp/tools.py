"""The table of tools: what an assistant reads of each, and what is called."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mcp_types import Tool, ToolAnnotations

from leadrun_mcp import actions, arguments, outputs
from leadrun_mcp.caller import Caller
from leadrun_mcp.schemas import ToolArguments, ToolOutput, schema_of


@dataclass(frozen=True, kw_only=True)
class ToolEntry:
    """A tool.

    Attributes:
        spends: Whether it may cost credits; all others only read.
        call: Does it.
    """

    name: str
    title: str
    description: str
    arguments: type[ToolArguments]
    output: type[ToolOutput]
    call: Callable[[Caller, Any], Awaitable[ToolOutput]]
    spends: bool = False

    @cached_property
    def published(self) -> Tool:
        """The tool as assistants see it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=schema_of(self.arguments),
            output_schema=schema_of(self.output),
            annotations=ToolAnnotations(
                title=self.title,
                read_only_hint=not self.spends,
                destructive_hint=False,
                # A repetition joins what is under way or comes from the cache.
                idempotent_hint=True,
                open_world_hint=self.spends,
            ),
        )


TOOLS = (
    ToolEntry(
        name="find_email",
        title="Find a work e-mail address",
        description="Find and verify one person's work e-mail address. May cost credits; repeats in 30 days are free.",
        arguments=arguments.PersonArguments,
        output=outputs.LookupOutput,
        call=actions.find_email,
        spends=True,
    ),
    ToolEntry(
        name="find_phone",
        title="Find a phone number",
        description="Find one person's phone number. May cost credits; repeats within 30 days are free.",
        arguments=arguments.PersonArguments,
        output=outputs.LookupOutput,
        call=actions.find_phone,
        spends=True,
    ),
    ToolEntry(
        name="enrich_contact",
        title="Find e-mail address and phone number",
        description="Find e-mail address, phone number or both (enrichment_type) of one person. May cost credits.",
        arguments=arguments.ContactArguments,
        output=outputs.LookupOutput,
        call=actions.enrich_contact,
        spends=True,
    ),
    ToolEntry(
        name="enrich_list",
        title="Look up a list",
        description=(
            "Look up many people, from rows or from a file's text, as a batch; get_result follows it. Costs up to "
            "max_credits. The same list again within a day is the same batch."
        ),
        arguments=arguments.ListArguments,
        output=outputs.BatchOutput,
        call=actions.enrich_list,
        spends=True,
    ),
    ToolEntry(
        name="get_result",
        title="Read a result",
        description="Read a look-up by its run_id, or a list with its first rows by its batch_id; can wait for it.",
        arguments=arguments.ResultArguments,
        output=outputs.ResultOutput,
        call=actions.get_result,
    ),
    ToolEntry(
        name="explain_run",
        title="Explain a look-up",
        description="Show which providers a look-up asked, in which order and why, what each answered and cost.",
        arguments=arguments.ExplainArguments,
        output=outputs.ExplainOutput,
        call=actions.explain_run,
    ),
    ToolEntry(
        name="credits_and_usage",
        title="Credits and usage",
        description="Show the credits that are left, and what was used by day, provider or key.",
        arguments=arguments.UsageArguments,
        output=outputs.UsageOutput,
        call=actions.credits_and_usage,
    ),
    ToolEntry(
        name="quote",
        title="Quote a list",
        description="Say what a list is expected to find and to cost, before anything is spent.",
        arguments=arguments.ListSource,
        output=outputs.QuoteOutput,
        call=actions.quote,
    ),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
