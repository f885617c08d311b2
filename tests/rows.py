"""Rows of data checked by one test: thousands of tests of a millisecond each cost more to collect than to run."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest

Test = Callable[..., Any]
LONGEST = 100


def each_row(names: str | Sequence[str], rows: Iterable[Any], *, ids: Callable[[Any], str] | None = None) -> Test:
    """Run a test for every row, as `pytest.mark.parametrize` does, but within one test; each row that fails is named.

    Args:
        names: Of the arguments, as a list or separated by commas.
        rows: A value for one name, several for several; `pytest.param` gives a row its own name.
        ids: Names a row by its first value.
    """
    parts = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    given = [_named(parts, one, ids) for one in rows]
    assert given, "no rows"

    def decorate(test: Test) -> Test:
        wanted = inspect.signature(test).parameters
        assert wanted.keys() == set(parts), f"{test.__name__} takes {', '.join(parts)} and no fixture"
        assert not inspect.iscoroutinefunction(test), "use `row`"

        @wraps(test)
        def all_rows(subtests: pytest.Subtests) -> None:
            for name, values in given:
                with row(subtests, name):
                    test(**values)

        # pytest reads the fixtures of a test from its signature.
        del all_rows.__wrapped__
        return all_rows

    return decorate


@contextmanager
def row(subtests: pytest.Subtests, name: str) -> Iterator[None]:
    """Check one row: a failure is reported by its name, and the rows after it are checked as well."""
    try:
        yield
    except Exception:
        # Only here: to report each of thousands that pass takes longer than to check them.
        with subtests.test(name):
            raise


def _named(names: Sequence[str], given: Any, ids: Callable[[Any], str] | None) -> tuple[str, Mapping[str, Any]]:
    name = None
    if hasattr(given, "marks"):  # a `pytest.param`
        name, given = given.id, given.values
    elif len(names) == 1:
        given = (given,)
    values = dict(zip(names, given, strict=True))
    return name or (ids(given[0]) if ids else ", ".join(map(repr, given))[:LONGEST]), values
