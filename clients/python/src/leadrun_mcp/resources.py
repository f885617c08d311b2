"""Results as resources: `leadrun://runs/{id}` and `leadrun://batches/{id}/results`."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, Resource, ResourceLink, ResourceTemplate, TextResourceContents

from leadrun import AsyncLeadrun
from leadrun_mcp.failures import RefusedCallError

JSON, NDJSON = "application/json", "application/x-ndjson"
# What an assistant can still hold in its context; larger lists are for files.
MOST_BYTES = 1024 * 1024
LISTED = 10
T = TypeVar("T")
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_URI = re.compile(rf"leadrun://(?:runs/(?P<run>{_UUID})|batches/(?P<batch>{_UUID})/results)", re.ASCII)

TEMPLATES = (
    ResourceTemplate(
        uri_template="leadrun://runs/{run_id}",
        name="run",
        title="A look-up",
        description="A look-up with its result, as the API shows it.",
        mime_type=JSON,
    ),
    ResourceTemplate(
        uri_template="leadrun://batches/{batch_id}/results",
        name="batch-results",
        title="The results of a list",
        description="Every row of a list with what was found, an object a line.",
        mime_type=NDJSON,
    ),
)


def run_link(run_id: str) -> ResourceLink:
    """Link a run."""
    return ResourceLink(**_of_run(run_id))


def batch_link(batch_id: str) -> ResourceLink:
    """Link the results of a batch."""
    return ResourceLink(**_of_batch(batch_id))


def _of_run(run_id: str) -> dict[str, Any]:
    return {"uri": f"leadrun://runs/{run_id}", "name": f"run {run_id}", "mime_type": JSON}


def _of_batch(batch_id: str) -> dict[str, Any]:
    return {"uri": f"leadrun://batches/{batch_id}/results", "name": f"results of {batch_id}", "mime_type": NDJSON}


async def listed(client: AsyncLeadrun) -> list[Resource]:
    """List the newest runs and batches."""
    runs = await _newest(client.runs(page_size=LISTED))
    batches = await _newest(client.batches.list(page_size=LISTED))
    return [
        *(
            Resource(**_of_run(run.run_id), description=f"{run.enrichment_type}, {run.result_status or run.status}")
            for run in runs
        ),
        *(Resource(**_of_batch(batch.id), description=f"{batch.total} rows, {batch.status}") for batch in batches),
    ]


async def _newest(pages: AsyncIterator[T]) -> list[T]:
    """Read no further than the first page."""
    found: list[T] = []
    async for one in pages:
        found.append(one)
        if len(found) == LISTED:
            break
    return found


async def contents(client: AsyncLeadrun, uri: str) -> TextResourceContents:
    """Read a resource.

    Raises:
        MCPError: There is none of this URI.
        RefusedCallError: It is too large for an assistant.
    """
    found = _URI.fullmatch(uri)
    if found is None:
        known = " or ".join(template.uri_template for template in TEMPLATES)
        raise MCPError(code=INVALID_PARAMS, message=f"There is no such resource; a URI is {known}.")
    if found["run"]:
        run = await client.get_run(found["run"])
        return TextResourceContents(uri=uri, mime_type=JSON, text=json.dumps(dict(run.raw), ensure_ascii=False))
    batch = await client.batches.get(found["batch"])
    rows = await client.batches.results(batch.id, most_bytes=MOST_BYTES)
    if len(rows) < batch.total:
        raise RefusedCallError(
            f"The results are too large to be read here ({batch.total} rows). get_result shows the first ones; the "
            f"user gets all with `leadrun enrich --resume {batch.id} -o found.csv`."
        )
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return TextResourceContents(uri=uri, mime_type=NDJSON, text=text)
