"""How commands print: JSON for scripts, tables for people, sentences for errors."""

import errno
import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ParamSpec

import click

from leadrun.errors import (
    AuthenticationError,
    ConfigurationError,
    DeadlineError,
    InvalidContactError,
    LeadrunError,
    NoAnswerError,
)
from leadrun.models import RunData

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


def dollars(amount: float) -> str:
    """Write US dollars: to the cent, and below a dollar with four digits, so that small charges are no zero."""
    return f"{amount:.{2 if amount >= 1 else 4}f}"


def ended_with(run: RunData) -> str:
    """Write why a run has no value: the sentence of its error, or the word of its end."""
    return (run.error.message if run.error else run.result_status or run.status).rstrip(".")


def status_of(run: RunData, *, found: bool) -> int:
    """Return the exit status of one look-up: an error is not a miss."""
    if found:
        return 0
    return FAILED if run.result_status == "error" or run.status in {"failed", "cancelled"} else NOTHING


def _explain(error: LeadrunError) -> None:
    """Say what is wrong, and what helps."""
    sentence = str(error)
    say(f"leadrun: {sentence}")
    for fault in getattr(error, "errors", ()):
        if fault.message not in sentence:
            say(f"  {fault.field or 'request'}: {fault.message}")
    if isinstance(error, AuthenticationError):
        say("`leadrun login` takes another key; LEADRUN_API_KEY goes before the one that it keeps.")
    if isinstance(error, NoAnswerError) and not error.sent:
        say("Is it running there? `leadrun login --url` takes another URL; LEADRUN_URL goes with LEADRUN_API_KEY.")
    if isinstance(error, DeadlineError) and error.run_id:
        say(f"It goes on: leadrun runs show {error.run_id}")


def fails(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with a sentence and a status for each error of the client."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            try:
                command(*args, **kwargs)
            finally:
                if sys.stdout:  # there is none where a script has closed it
                    sys.stdout.flush()
        except LeadrunError as error:
            _explain(error)
            sys.exit(REFUSED if isinstance(error, ConfigurationError | InvalidContactError) else FAILED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # `| head` has read enough, which click knows
                raise
            say(f"leadrun: {error.filename or 'The output'} cannot be written: {error.strerror or error}.")
            if not error.filename:
                # What is still buffered must not fail once more at the end of Python.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(FAILED)

    return run
