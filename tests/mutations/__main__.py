"""List the changes that no unit test notices: `python -m tests.mutations app/domain/contacts tests/unit/contacts`.

Each change runs in a process of its own, in memory; no file is written. Of the named tests, or of all in `tests/unit`,
those files that pass its line are run, the fastest first. `xlsx_child`, a program of its own, cannot be changed so.
"""

import ast
import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import coverage
import hypothesis
import pytest

from tests.mutations.changes import mutants

MAX_SECONDS = 120
FORK = multiprocessing.get_context("fork")
# Without plugins, whose start would take longer than most tests.
OPTIONS = ("-q", "-x", "--noconftest", "-c", os.devnull, "--rootdir=.", "-p", "no:cacheprovider")
PRELOADED = ("idna", "publicsuffixlist", "phonenumbers", "msgspec", "hypothesis.strategies", "python_calamine")


def in_child(work: Callable[[], Any]) -> Any:
    """Return what a function returns in a process of its own; None where that ends otherwise, or takes too long."""
    reading, writing = FORK.Pipe(duplex=False)
    child = FORK.Process(target=lambda: writing.send(work()))
    with redirect_stderr(StringIO()):
        child.start()
    writing.close()
    found = None
    with suppress(EOFError):
        found = reading.recv() if reading.poll(MAX_SECONDS) else None
    child.kill()
    child.join()
    return found


def passes(file: str) -> bool:
    """Return whether all tests of a file pass."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return pytest.main([*OPTIONS, file]) == pytest.ExitCode.OK


def lines_of(file: str, modules: Sequence[Path]) -> tuple[float, dict[Path, list[int]]] | None:
    """Return the seconds that a file of tests takes, and the lines of each module that it passes; None if it fails."""
    measured = coverage.Coverage(data_file=None, include=[str(one.absolute()) for one in modules], config_file=False)
    begun = time.process_time()
    with measured.collect():
        is_green = passes(file)
    found = {one: measured.get_data().lines(str(one.absolute())) or [] for one in modules}
    return (time.process_time() - begun, found) if is_green else None


def killer(tree: ast.Module, path: Path, files: Iterable[str]) -> str:
    """Return the first file of tests that fails with a changed tree, or an empty text."""
    *above, name = path.with_suffix("").parts
    module = sys.modules[".".join((*above, name))] = ModuleType(".".join((*above, name)))
    vars(module).update(__file__=str(path.absolute()), __package__=".".join(above))
    exec(compile(tree, str(path), "exec"), vars(module))  # noqa: S102 - its purpose
    setattr(importlib.import_module(".".join(above)), name, module)
    return next((file for file in files if not passes(file)), "")


def survivors(path: Path, covered: Mapping[str, Sequence[int]]) -> tuple[int, int]:
    """Print the changes of a module that no file of tests notices; returns how many, and how many changes there are."""
    made = alive = 0
    order = list(covered)
    for mutant in mutants(path.read_text()):
        files = [file for file in order if mutant.line in covered[file]] or order
        found = in_child(partial(killer, mutant.tree, path, files))
        made += 1
        if found == "":
            alive += 1
            click.echo(f"{path}:{mutant.line}: {mutant.change}")
        elif found:
            order.sort(key=found.__ne__)
    click.echo(f"{path}: {alive} of {made} changes survive")
    return alive, made


def main(paths: Sequence[str]) -> None:
    """Print each change that survives, and the counts."""
    os.nice(15)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    hypothesis.settings.register_profile("few", derandomize=True, deadline=None, max_examples=20, database=None)
    hypothesis.settings.load_profile("few")
    for name in PRELOADED:
        importlib.import_module(name)
    files = [one for path in map(Path, paths) for one in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    modules = [one for one in files if one.parts[0] != "tests"]
    tests = [one for one in files if one not in modules] or sorted(Path("tests/unit").rglob("*.py"))
    named = [str(one) for one in tests if one.name.startswith("test_")]
    measured = {test: found for test in named if (found := in_child(partial(lines_of, test, modules)))}
    click.echo(f"{len(measured)} of {len(named)} files of tests can be used")
    order = sorted(measured, key=lambda test: measured[test][0])
    counts = [survivors(one, {test: measured[test][1][one] for test in order}) for one in modules]
    click.echo("{} of {} changes survive".format(*map(sum, zip(*counts, strict=True))))


if __name__ == "__main__":
    main(sys.argv[1:])
