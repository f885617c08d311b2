"""Mutations: each rule of a module is changed once."""

import ast

from tests.mutations.changes import mutants, shorter_patterns

SOURCE = """
import re
WORDS = frozenset("one two three".split())
SIGNS = ".,;"
NUMBERS = {1: "a", 2: "b"}
KNOWN = re.compile("one|two")
def rule(value, other=()):
    if value and not other:
        return value < 3
    return value in {"a", "b"}
"""


def test_every_change_of_a_module() -> None:
    changes: dict[int, list[str]] = {}
    for mutant in mutants(SOURCE):
        compile(mutant.tree, "changed", "exec")
        changes.setdefault(mutant.line, []).append(mutant.change)
    assert changes == {
        3: ["empty: one two three", "without two"],
        4: ["empty: . , ;", "without ,"],
        5: ["empty: 1 2", "without 2"],
        6: ["pattern two", "pattern one"],
        8: ["not: value and (not other)", "Or: value and (not other)"],
        9: ["GtE: value < 3", "LtE: value < 3"],
        10: ["NotIn: value in {'a', 'b'}", "empty: {'a', 'b'}"],
    }
    assert ast.unparse(ast.parse(SOURCE)) == ast.unparse(mutant.tree)


def test_a_pattern_loses_one_alternative_at_a_time() -> None:
    assert list(shorter_patterns(r"a(?:b|[|)]|\|)c|d")) == [
        r"a(?:[|)]|\|)c|d",
        r"a(?:b|\|)c|d",
        r"a(?:b|[|)])c|d",
        "d",
        r"a(?:b|[|)]|\|)c",
    ]
