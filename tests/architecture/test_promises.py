"""Each promise of the threat model has tests that carry its mark in their names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| ([abcd][0-9]+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"^ *(?:async )?def test_((?:[abcd][0-9]+_(?:to_)?)+)", re.MULTILINE)
LINES = {
    *(f"a{number}" for number in range(1, 11)),
    *(f"b{number}" for number in range(11, 16)),
    *(f"c{number}" for number in range(16, 33)),
}


def marks() -> set[str]:
    """The marks of all tests; `c16_to_c32` says that one campaign tries them all, and is not counted."""
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in _TEST.findall(path.read_text()):
            found |= set(re.findall(r"[abcd][0-9]+", "" if "_to_" in name else name))
    return found


def test_each_promise_has_a_test_by_its_mark() -> None:
    promised = {mark for mark, _ in _ROW.findall((ROOT / "docs/security.md").read_text())}
    assert promised == LINES
    assert promised - marks() == set()


def test_a_mark_is_read_from_a_name_of_one_or_several() -> None:
    assert _TEST.findall("async def test_a7_x() -> None:\n    def test_c16_c29_y()") == ["a7_", "c16_c29_"]
