"""How commands print: JSON for scripts, tables for people."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec

from app.domain.problems import visible

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def print_json(value: Any) -> None:  # noqa: ANN401 - anything that msgspec can encode
    """Print one line of JSON."""
    print(msgspec.json.encode(value).decode())


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns, each as wide as it needs."""
    lines = [list(header), *(["" if cell is None else visible(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def warn(message: str) -> None:
    """Print a warning on standard error."""
    print(f"leadrun: {message}", file=sys.stderr)


def fail(message: str, *, as_json: bool = False) -> int:
    """Print on standard error what is wrong; return the exit status 1."""
    text = msgspec.json.encode({"error": message}).decode() if as_json else f"leadrun: {message}"
    print(text, file=sys.stderr)
    return 1
