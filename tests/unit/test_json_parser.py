"""Strict JSON: what is refused, and in which words."""

import pytest

from app.dialects.json_parser import (
    BOM,
    MAX_DEPTH,
    MAX_PARTS,
    TOO_DEEP,
    TOO_MANY_DIGITS,
    TOO_MANY_PARTS,
    WITHOUT_BOM,
    parse_json,
    parse_object,
)
from app.domain.errors import InvalidInputError
from tests.rows import each_row


def _faults(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInputError) as refused:
        parse_object(body)
    return [(fault.field, fault.message) for fault in refused.value.problems]


@each_row(
    "body, field, message",
    [
        pytest.param(BOM + b"{}", "", WITHOUT_BOM, id="a byte order mark"),
        pytest.param(b" \n", "", "the body is empty; send a JSON object", id="nothing"),
        pytest.param(b'{"a":"\xff"}', "", "the body is not valid UTF-8", id="no UTF-8"),
        pytest.param(b"[]", "", "the body must be a JSON object", id="an array"),
        pytest.param(b"3", "", "the body must be a JSON object", id="a number"),
        pytest.param(
            b'{"a":1,\n}',
            "",
            "the body is not valid JSON: Expecting property name enclosed in double quotes at line 2, column 1",
            id="a comma too many",
        ),
        pytest.param(b'{"a":NaN}', "", "the body is not valid JSON: NaN is not a JSON value", id="NaN"),
        pytest.param(b'{"a":1,"b":{"c":1,"c":1}}', "c", "is given twice", id="a member twice"),
        pytest.param(b'{"a":1e400}', "", "the body holds a number out of range", id="out of range"),
        pytest.param(b'{"a":[{"b":-1e400}]}', "", "the body holds a number out of range", id="out of range inside"),
        pytest.param(b'{"a":' + b"1" * 5000 + b"}", "", TOO_MANY_DIGITS, id="digits"),
        pytest.param(b'{"a":["\\u0000"]}', "", "the body holds a NUL character, which cannot be stored", id="NUL"),
        pytest.param(
            b'{"\\ud83d":1}', "", "the body holds half a surrogate pair, which is not a character", id="half a pair"
        ),
        pytest.param(b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "", TOO_DEEP, id="a level too deep"),
        pytest.param(b"[" * 15_000 + b"]" * 15_000, "", TOO_DEEP, id="too deep for the interpreter"),
        pytest.param(b"[" + b"0," * MAX_PARTS + b"0]", "", TOO_MANY_PARTS, id="too many parts"),
    ],
)
def test_what_cannot_be_read_alike_everywhere_is_refused(body: bytes, field: str, message: str) -> None:
    assert _faults(body) == [(field, message)]


@each_row(
    "body, value",
    [
        (b' {"a":[1,1.5,true,null,"\\n"]} ', {"a": [1, 1.5, True, None, "\n"]}),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        # Many brackets side by side, or in a text, are not deep.
        (b"[" + b",".join([b"{}"] * (MAX_DEPTH + 2)) + b"]", [{}] * (MAX_DEPTH + 2)),
        (b'["' + b"[" * (MAX_DEPTH + 2) + b'"]', ["[" * (MAX_DEPTH + 2)]),
        (b'["\\ud83d\\ude80"]', ["\U0001f680"]),
        (b"[1e300]", [1e300]),
    ],
)
def test_proper_json_is_read(body: bytes, value: object) -> None:
    read = parse_json(body)
    assert value is None or read == value


def test_numbers_of_any_size_may_stand_where_nothing_calculates_with_them() -> None:
    assert parse_json(b'{"metadata":{"a":1e400},"b":1}', unbounded="metadata") == {
        "metadata": {"a": float("inf")},
        "b": 1,
    }
    assert bytes(parse_object(b'{"metadata": {"a": 1e400}}')["metadata"]) == b'{"a":1e400}'
