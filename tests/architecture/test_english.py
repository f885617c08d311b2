"""Code and documents are in plain English: no filler words, and a plain verb or noun first."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.tree import files, python_files, text_of

CODE = ("app/", "workers/", "webhooks/", "scripts/", "bench/", "docs/", "migrations/", "clients/python/src/")
# Pages for people, and what they read of the clients. Released entries of the changelog stay as they were published.
TEXTS = re.compile(r"(?!CHANGELOG)[^/]+\.md|docs/.+\.(?:md|ts)|app/web/.+\.html|clients/.+\.(?:md|ts|go)")
# Words that a reader of a second language has to read twice; docs/glossary.md has the terms to use instead.
FILLERS = re.compile(
    r"\b(whoever|somebody|anybody|told|tells|of late(?! results)|all the same|beside|askings|one asking|"
    r"an asking|anew|in vain|dear(?:er|est)?|purse|kick(?:s|ed)?|sweeps?|swept)\b",
    re.IGNORECASE,
)
# The page of the decision names the words that went.
NAMES_THEM = "docs/adr/0010-layers-with-the-same-packages.md"
# A docstring names its subject first, or the action: "What is sent" names nothing.
VAGUE_START = re.compile(r"(Who|Whom|Whose|Whoever|What|Tell|Say)\b(?! (?:what|that|how|which|why|in)\b)")
# What a module or a function does is an imperative: "Read", not "Reads". A class is a thing, of which one may say it.
THIRD_PERSON = re.compile(
    r"(?:Adds|Asks|Builds|Decides|Declares|Describes|Explains|Fills|Gives|Keeps|Makes|Narrows|Notifies|Reads|Refuses|"
    r"Renders|Returns|Says|Sends|Serves|Shows|Takes|Tells|Watches|Writes)\b"
)
# Most files have nothing of all that, and need not be parsed.
STARTS = re.compile(rf'"""(?:{VAGUE_START.pattern}|{THIRD_PERSON.pattern})')
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _docstrings(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, Documented):
            yield node, ast.get_docstring(node) or ""


def _texts(tree: ast.Module) -> Iterator[str]:
    """Give the texts of a module that may be sentences: of messages, descriptions and help."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def _comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def _faults(text: str) -> list[str]:
    if not STARTS.search(text) and not FILLERS.search(text):
        return []
    tree = ast.parse(text)
    documented = list(_docstrings(tree))
    vague = [sentence for _, sentence in documented if VAGUE_START.match(sentence)]
    doing = [sentence for node, sentence in documented if not isinstance(node, ast.ClassDef)]
    third = [sentence for sentence in doing if THIRD_PERSON.match(sentence)]
    return vague + third + [sentence for sentence in (*_texts(tree), *_comments(text)) if FILLERS.search(sentence)]


def test_docstrings_comments_and_messages_are_plain() -> None:
    names = [name for name in python_files() if name.startswith(CODE)]
    faults = {name: found for name in names if (found := _faults(text_of(name)))}
    assert not faults


def test_documents_and_pages_are_plain() -> None:
    names = [name for name in files() if TEXTS.fullmatch(name) and name != NAMES_THEM]
    assert {"README.md", "docs/webhooks.md", "app/web/home/home.html", "clients/go/run.go"} <= set(names)
    faults = {
        f"{name}:{number}": line
        for name in names
        for number, line in enumerate(text_of(name).splitlines(), start=1)
        if FILLERS.search(line)
    }
    assert not faults


def test_a_filler_a_vague_start_and_the_third_person_are_noticed() -> None:
    assert _faults('"""What is sent."""') == ["What is sent."]
    assert _faults('"""Sends it."""') == ["Sends it."]
    assert _faults("# Whoever asks is served.\n") == ["# Whoever asks is served."]
    assert _faults('raise ValueError("nobody was told")') == ["nobody was told"]
    assert not _faults('"""Return whether it ended."""  # for recovery\n')
    assert not _faults('class Sender:\n    """Sends it."""\n')
