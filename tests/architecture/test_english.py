"""Docstrings and comments are plain English: no filler words, and a plain verb or noun first."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.tree import python_files, text_of

PACKAGES = ("app/", "workers/", "webhooks/")
# Files that still have such words, and go from this list as they are rewritten.
UNFINISHED: frozenset[str] = frozenset()
# Words that a reader of a second language has to read twice; docs/glossary.md has the terms to use instead.
FILLERS = re.compile(
    r"\b(whoever|somebody|anybody|told|tells|of late|all the same|beside|askings|one asking|an asking|"
    r"purse|kick(?:s|ed)?|sweeps?|swept)\b",
    re.IGNORECASE,
)
# A docstring names its subject first, or the action: "What is sent" names nothing.
VAGUE_START = re.compile(r"(Who|Whom|Whose|Whoever|What|Tell|Say)\b")


def _docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def _comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def _faults(text: str) -> list[str]:
    docstrings = list(_docstrings(ast.parse(text)))
    vague = [sentence for sentence in docstrings if VAGUE_START.match(sentence)]
    return vague + [sentence for sentence in (*docstrings, *_comments(text)) if FILLERS.search(sentence)]


def test_docstrings_and_comments_are_plain() -> None:
    names = [name for name in python_files() if name.startswith(PACKAGES) and name not in UNFINISHED]
    faults = {name: found for name in names if (found := _faults(text_of(name)))}
    assert not faults


def test_a_filler_and_a_vague_start_are_noticed() -> None:
    assert _faults('"""What is sent."""') == ["What is sent."]
    assert _faults("# Whoever asks is served.\n") == ["# Whoever asks is served."]
    assert not _faults('"""Return whether it ended."""  # for recovery\n')
