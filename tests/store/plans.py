"""The plans of statements: what they found, and how many rows they looked at."""

import json
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection


async def explained(connection: AsyncConnection, statement: Select[Any]) -> tuple[int, list[dict[str, Any]]]:
    """Run a statement; return how many rows it found, and the nodes of its plan."""
    written = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    found = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {written}".replace("%", "%%"))
    [plan] = json.loads(json.dumps(found.scalar_one()))
    nodes, waiting = [], [plan["Plan"]]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting += node.get("Plans", [])
    return plan["Plan"]["Actual Rows"], nodes


def looked_at(nodes: list[dict[str, Any]]) -> int:
    """Count the rows that the scans of a plan read, those that a filter dropped included."""
    scans = [node for node in nodes if node["Node Type"].endswith("Scan") and "Subquery" not in node["Node Type"]]
    return sum(
        round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]) for node in scans
    )
