"""Variants of contacts as lists have them, in text files: a line each, comments behind a hash."""

import re
from pathlib import Path


def lines(name: str) -> list[str]:
    """Read the variants of a kind."""
    text = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8")
    return [
        line.removeprefix("\\") if line[:2] == "\\#" else line
        for line in text.splitlines()
        if line and not line.startswith("#")
    ]


def cells(line: str, sign: str) -> list[str | None]:
    """Split a line into cells; empty ones, and those that are missing at the end, are None."""
    found = [cell.strip().replace("\u00a6", "|") or None for cell in line.split(sign)]
    return found + [None] * (3 - len(found))


def pairs(name: str) -> list[tuple[str, str]]:
    """Read variants of two sides."""
    found = (re.split(" (?:=>|=) ?", line, maxsplit=1) for line in lines(name))
    return [(before.replace("\\u200b", "\u200b").replace("\\u00ad", "\u00ad"), after) for before, after in found]
