"""Names and sizes of the product's code: no two classes share a name, and a folder can be read to its end."""

import ast
from collections import Counter, defaultdict

from tests.architecture.tree import files, python_files, text_of

CODE = ("app/", "workers/", "webhooks/", "scripts/")
MAX_MODULES = 16
# A catalogue holds one file for each vendor.
UNBOUNDED_FOLDERS = {"app/providers/catalog"}
# Two classes that have to share a name, with the reason.
SHARED_NAMES: dict[str, str] = {}


def _classes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in python_files():
        if name.startswith(CODE):
            for node in ast.walk(ast.parse(text_of(name))):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(name)
    return found


def test_no_two_classes_share_a_name() -> None:
    shared = {name: places for name, places in _classes().items() if len(places) > 1}
    assert {name: places for name, places in shared.items() if name not in SHARED_NAMES} == {}
    assert set(SHARED_NAMES) <= set(shared), "a name that is shared no more needs no reason"


def test_a_folder_has_sixteen_modules_at_most() -> None:
    folders = Counter(
        name.rpartition("/")[0]
        for name in files()
        if name.startswith(CODE) and name.endswith(".py") and not name.endswith("/__init__.py")
    )
    assert {f: count for f, count in folders.items() if count > MAX_MODULES and f not in UNBOUNDED_FOLDERS} == {}
