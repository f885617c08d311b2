"""The examples of the specification are bodies that the schemas of the dialects accept."""

from collections.abc import Iterator
from typing import Any

import msgspec

from app.api.openapi.operation import published_name, shapes
from app.api.operations import operations
from app.dialects.body_reader import read_body
from app.dialects.examples import EXAMPLES
from app.domain.errors import FieldError
from tests.rows import each_row

OPERATIONS = operations()  # imports every handler, and the bodies with it


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from _structs(one)


# No two classes share a name (tests/architecture/test_names.py).
_SCHEMAS: dict[str, Any] = {kind.__name__: kind for kind in _structs(msgspec.Struct)}
# A vendor posts what it likes.
_ANY_JSON = {"PostedResult"}
# The others belong to schemas of the HTTP layer.
_ELSEWHERE = {"Usage", "CreditBalance", "Providers", "Live", "Ready"}


def schema_of(name: str) -> Any:
    """Return the Struct of an example by its published name."""
    return _SCHEMAS.get(f"{name}Body") or _SCHEMAS[name]


@each_row("name", sorted(EXAMPLES.keys() - _ELSEWHERE))
def test_an_example_is_a_body_of_its_schema_and_has_no_other_members(name: str) -> None:
    kind, example = schema_of(name), EXAMPLES[name]
    if name.endswith("Request"):
        faults: list[FieldError] = []
        assert read_body(kind, example, faults)
        assert faults == []
    else:
        assert msgspec.json.decode(msgspec.json.encode(example), type=kind)
    assert example.keys() <= {member.encode_name for member in msgspec.structs.fields(kind)}


def _published() -> set[type[msgspec.Struct]]:
    answers = {struct for one in OPERATIONS for answer in one.answers.values() for struct in shapes(answer.schema)}
    return answers | {struct for one in OPERATIONS for struct in shapes(one.body)}


def test_each_body_is_called_so_and_has_an_example() -> None:
    names = {struct.__name__ for struct in _published()} - _ANY_JSON
    assert not {name for name in names if not name.endswith("Body")}, "end their names in `Body`"
    lacking = {name for name in map(published_name, names) if name not in EXAMPLES}
    assert not lacking, f"add examples of {lacking} to app/dialects/*examples.py"
