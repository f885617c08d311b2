"""Change one rule of a module: a list without an entry, a comparison the other way round, a pattern cut short."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_OPPOSITES = """
Eq:NotEq NotEq:Eq Lt:GtE Lt:LtE LtE:Gt LtE:Lt Gt:LtE Gt:GtE GtE:Lt GtE:Gt In:NotIn NotIn:In Is:IsNot IsNot:Is
"""
# What stands in a pattern: an escaped character, a class, the beginning of a group, or one character.
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|\((?:\?(?:[:=!>]|<[=!]|P<\w+>|[a-z-]+:))?|.", re.DOTALL)
_SHOWN = 90
_Change = tuple[str, Mapping[str, object]]  # in words, and the members that the node gets


class Mutant(NamedTuple):
    """A changed module; its tree is so until the next one is taken."""

    line: int
    change: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Make every change of a module, one at a time."""
    tree = ast.parse(source)
    assigned = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    tables = {id(node) for value in assigned for node in ast.walk(value)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")]
    patterns = {id(call.args[0]) for call in calls if call.args}
    for node in list(ast.walk(tree)):
        is_table = id(node) in tables and id(node) not in patterns
        changes = _of_table(node, is_whole=node in assigned) if is_table else []
        for change, members in [*changes, *_of_rule(node, is_pattern=id(node) in patterns)]:
            before = {name: getattr(node, name) for name in members}
            vars(node).update(members)
            yield Mutant(getattr(node, "lineno", 0), " ".join(change.split())[:_SHOWN], ast.fix_missing_locations(tree))
            vars(node).update(before)


def _of_table(node: ast.AST, *, is_whole: bool) -> Iterator[_Change]:
    """Empty a list of any kind, also one of words or characters in a text, and leave out its middle entry."""
    kept: dict[str, Any]
    match node:
        case ast.Constant(value=str(text)) if " " in text.strip() or "|" in text or (is_whole and len(text) > 1):
            mark = next((mark for mark in " |" if mark in " ".join(text.split())), "")
            entries = text.split(mark.strip() or None) if mark else list(text)
            kept = {"value": mark.join(_shorter(entries))}
        case ast.List(elts=[_, *_]) | ast.Set(elts=[_, *_]) | ast.Tuple(elts=[_, *_]):
            entries, kept = [ast.unparse(one) for one in node.elts], {"elts": _shorter(node.elts)}
        case ast.Dict(keys=[_, *_]):
            entries = [ast.unparse(one) if one else "**" for one in node.keys]
            kept = {"keys": _shorter(node.keys), "values": _shorter(node.values)}
        case _:
            return
    yield f"empty: {' '.join(entries)}", {name: type(value)() for name, value in kept.items()}
    yield f"without {entries[len(entries) // 2]}", kept


def _shorter(entries: list[Any]) -> list[Any]:
    middle = len(entries) // 2
    return entries[:middle] + entries[middle + 1 :]


def _of_rule(node: ast.AST, *, is_pattern: bool) -> Iterator[_Change]:
    match node:
        case ast.Constant(value=str(text)) if is_pattern:
            yield from ((f"pattern {shorter}", {"value": shorter}) for shorter in shorter_patterns(text))
        case ast.Compare(ops=[one]):
            for name, opposite in (pair.split(":") for pair in _OPPOSITES.split()):
                if name == type(one).__name__:
                    yield f"{opposite}: {ast.unparse(node)}", {"ops": [getattr(ast, opposite)()]}
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield f"{type(other).__name__}: {ast.unparse(node)}", {"op": other}
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if not isinstance(test, ast.Compare):
            yield f"not: {ast.unparse(test)}", {"test": ast.UnaryOp(ast.Not(), test)}
        case ast.Set(elts=[_, *_]):
            yield f"empty: {ast.unparse(node)}", {"elts": [ast.Starred(ast.Tuple([], ast.Load()), ast.Load())]}


def shorter_patterns(pattern: str) -> Iterator[str]:
    """Leave out one alternative of a regular expression at a time."""
    groups = [[(0, 0)]]
    for token in _TOKEN.finditer(pattern + ")"):
        if token[0].startswith("("):
            groups.append([token.span()])
        elif token[0] == "|":
            groups[-1].append(token.span())
        elif token[0] == ")":
            first, *bars = groups.pop()
            ends = [*bars, token.span()]
            if bars:  # the first alternative goes with the bar behind it, the others with the one in front
                yield pattern[: first[1]] + pattern[ends[0][1] :]
            yield from (pattern[: one[0]] + pattern[end[0] :] for one, end in zip(bars, ends[1:], strict=True))
