"""The rules about texts, as functions from a file's name and text to what is wrong with it."""

import ast
import re
from collections.abc import Callable, Iterator

LONGEST = 250
# A folder of few longer files is easier to read than one of many short ones.
LONGER = 400
LONGER_FOLDERS = ("app/store/", "app/providers/client/")
# A migration is a record of what was done, never worked on again.
UNBOUNDED = re.compile(r"migrations/versions/")
CATALOGUE = re.compile(r"app/providers/catalog/(?!__init__)\w+\.py\Z")
# "Forty to seventy lines, mostly data"; what needs more needs a word in the vocabulary of declarations.
LONGEST_ENTRY = 110

_MACHINE = re.compile(
    r"(?<![\w.~-])/(?:root|home|Users|work|mnt|opt/pypi)\b/?|(?<![\w-])/tmp/[\w-]|"
    r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|nodesource|jfrog|nexus|artifactory)[\w.-]*",
)
# What the image and the sentence for people without a repository of ours may say.
_ALLOWED = ("/opt/leadrun", "/home-dir")
_BANNED_NAMES = re.compile(r"(?:^|/)(?:\w*_)?(?:utils?|helpers?|common|managers?)\.py\Z")

Rule = Callable[[str, str], Iterator[str]]


def short_enough(name: str, text: str) -> Iterator[str]:
    """A module that one can read in one go."""
    lines = text.count("\n")
    most = LONGER if name.startswith(LONGER_FOLDERS) else LONGEST_ENTRY if CATALOGUE.search(name) else LONGEST
    if name.endswith(".py") and lines > most and not UNBOUNDED.match(name):
        yield f"has {lines} lines, at most {most} are allowed; split it by what it answers for"


def says_what_it_answers_for(name: str, text: str) -> Iterator[str]:
    """The first line of a module is one sentence."""
    if not name.endswith(".py"):
        return
    docstring = ast.get_docstring(ast.parse(text))
    if not docstring:
        yield "has no docstring; say in one sentence what it answers for"
    elif not docstring.splitlines()[0].endswith((".", ":")):
        yield "its docstring's first line is no sentence"


def reads_annotations_at_run_time(name: str, text: str) -> Iterator[str]:
    """Litestar and msgspec need real imports and real annotations."""
    if not name.endswith(".py"):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            yield f"line {node.lineno}: imports from __future__"
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield f"line {node.lineno}: imports under TYPE_CHECKING"


def named_after_a_job(name: str, _text: str) -> Iterator[str]:
    """No drawers for odds and ends."""
    if _BANNED_NAMES.search(name):
        yield "is a drawer; name it after what it answers for"


def knows_no_machine(name: str, text: str) -> Iterator[str]:
    """No path of one machine, no host of a package registry."""
    if name in {"tests/architecture/rules.py", "tests/architecture/test_files.py"}:
        return  # the patterns and the samples of this rule
    for number, line in enumerate(text.splitlines(), 1):
        for found in _MACHINE.finditer(line):
            if not line[found.start() :].startswith(_ALLOWED):
                yield f"line {number}: {found[0]!r} belongs to one machine"


def links_lead_somewhere(exists: Callable[[str], bool]) -> Rule:
    """Build the rule that relative links of documents, and documents named in comments, exist.

    Args:
        exists: Returns whether the repository has a path, from its root.
    """

    def rule(name: str, text: str) -> Iterator[str]:
        folder = name.rpartition("/")[0]
        if name.endswith(".md"):
            for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
                if not exists(_join(folder, target)):
                    yield f"links to {target}, which does not exist"
        if name.endswith((".py", ".toml", ".yaml")) and not name.startswith("tests/architecture/"):
            for target in re.findall(r"(?<![\w/.{])((?:[\w-]+/)*[A-Z0-9][\w-]*\.md)\b", text):
                if not exists(target) and not exists(f"docs/{target}"):
                    yield f"names {target}, which does not exist"

    return rule


def _join(folder: str, target: str) -> str:
    parts = folder.split("/") if folder else []
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
