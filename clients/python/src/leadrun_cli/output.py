"""How commands print: JSON for scripts, tables for people, sentences for errors."""

import functools
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ParamSpec

import click

from leadrun.errors import ConfigurationError, DeadlineError, InvalidContactError, LeadrunError

P = ParamSpec("P")
FAILED, REFUSED, NOTHING, INTERRUPTED = 1, 2, 3, 130

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
# What a terminal or a log would act upon; answers may hold it.
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "�")


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Print one line of JSON."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns, each as wide as it needs."""
    lines = [list(header), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def plain(value: object) -> str:
    """Write a value as a cell, without characters that a terminal would act upon."""
    return "" if value is None else str(value).translate(_CONTROL)


def say(sentence: str) -> None:
    """Print a sentence for people on standard error, which leaves standard output to results."""
    print(plain(sentence), file=sys.stderr, flush=True)


def fails(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with a sentence and a status for each error of the client."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LeadrunError as error:
            say(f"leadrun: {error}")
            for fault in getattr(error, "errors", ()):
                say(f"  {fault.field or 'request'}: {fault.message}")
            if isinstance(error, DeadlineError) and error.run_id:
                say(f"It goes on: leadrun runs show {error.run_id}")
            sys.exit(REFUSED if isinstance(error, ConfigurationError | InvalidContactError) else FAILED)

    return run
