"""CSV records (RFC 4180) as they were written: split without a change, but where they would damage later rows."""

import re
from collections.abc import Iterable
from functools import cache

from app.domain.runs.csv_safety import is_formula, safe_cell

LINE_END = "\r\n"
# What stands between quotes; and behind the closing one, where programs go on to the next delimiter.
_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')
_END = re.compile(r"\r?\n\Z|\r\Z")


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    rest = f"[^{re.escape(delimiter)}]*"
    return re.compile(f"({_QUOTED.pattern}{rest}|{rest})({re.escape(delimiter)}?)")


def split_end(record: str) -> tuple[str, str]:
    """Divide a record from its line end, which the last one of a file may lack."""
    end = _END.search(record, max(0, len(record) - len(LINE_END)))
    return (record[: end.start()], end[0]) if end else (record, "")


def split_record(record: str, delimiter: str) -> list[str]:
    """Divide a record without its line end into cells, as they are written: with their quotes."""
    if '"' not in record:
        return record.split(delimiter)
    pattern, cells, at = _cell(delimiter), [], 0
    while found := pattern.match(record, at):  # pragma: no branch - an empty cell matches everywhere
        cells.append(found[1])
        if not found[2]:
            break
        at = found.end()
    return cells


def cell_value(written: str) -> str:
    """Return what a written cell says; a quote that is never closed counts as closed at the end."""
    if not written.startswith('"'):
        return written
    found = _QUOTED.match(written)
    end = found.end() if found else len(written) + 1
    return written[1 : end - 1].replace('""', '"') + written[end:]


def quoted(value: str) -> str:
    """Write a cell between quotes, so that no program divides it."""
    return '"' + value.replace('"', '""') + '"'


def write_record(values: Iterable[str], delimiter: str) -> str:
    """Write a record, each cell between quotes."""
    return delimiter.join(map(quoted, values)) + LINE_END


def safe_record(cells: Iterable[str], *, is_safe: bool) -> list[str]:
    """Return the written cells of a record so that none spills into the next and no spreadsheet runs one.

    A cell that needs neither is returned as it is.

    Args:
        cells: As they are written.
        is_safe: Whether formulas are made into text.
    """
    return [_safe(cell, is_safe=is_safe) if cell else cell for cell in cells]


def _safe(written: str, *, is_safe: bool) -> str:
    value = cell_value(written)
    if written.startswith('"') and not _QUOTED.match(written):
        return quoted(safe_cell(value) if is_safe else value)
    if not is_safe or not is_formula(value):
        return written
    return quoted(safe_cell(value)) if written.startswith('"') else safe_cell(written)


def fit(cells: list[str], width: int, delimiter: str) -> list[str]:
    """Make the cells of a record as many as the table has columns.

    Missing ones are empty. Those beyond the last column are left out if they are empty, and else kept in the last one.
    """
    if len(cells) <= width:
        return cells + [""] * (width - len(cells))
    if not any(map(cell_value, cells[width:])):
        return cells[:width]
    return [*cells[: width - 1], quoted(delimiter.join(cells[width - 1 :]))]
