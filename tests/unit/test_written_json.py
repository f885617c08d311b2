"""Metadata is given back as it was written: order, numbers and escapes, but for the blanks between its parts."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.json_parser import parse_object, without_blanks
from app.dialects.leadmodule.request import parse
from app.dialects.leadmodule.response import run_body
from app.dialects.member_types import MAX_METADATA
from app.dialects.submitted_body import body_digest
from app.domain.errors import InvalidInputError
from tests.rows import each_row
from tests.unit.test_dialect_bodies import RUN

WRITTEN = [
    "{}",
    '{"b":1,"a":2,"B":3,"aa":4,"":5}',
    '{"price":1.10,"rate":0.10,"whole":1.0,"exponent":1e2,"large":1E+2,"small":1e-7}',
    '{"zero":0,"minus":-0,"float":-0.0,"tiny":-0e-9}',
    '{"huge":1e400,"minus":-1e400,"digits":123456789012345678901234567890.5}',
    '{"id":9007199254740993,"big":18446744073709551616,"huge":' + "9" * 400 + "}",
    '{"escaped":"\\u00e9\\u0041\\/\\b","plain":"é/A","pair":"\\ud83d\\ude80"}',
    '{"blanks":" a  b ","quote":"\\"  { [ , : ] } \\\\","tab":"\\t"}',
    '{"nested":{"z":[1,[2.50,{"y":null,"x":true}],[]],"a":{}}}',
    '{"name with blank":" ","\\u0020":"x"}',
]


def body_of(text: str) -> bytes:
    return f'{{"firstName": "Jane", "metadata": {text}, "companyDomain": "acme.example"}}'.encode()


def kept(body: bytes) -> str:
    """Read a submission, and write its run."""
    draft, problems = parse(parse_object(body))
    assert problems == []
    shown = msgspec.json.encode(run_body(msgspec.structs.replace(RUN, metadata=draft.options.metadata))).decode()
    return shown.split('"metadata":')[1].split(',"createdAt"')[0]


@each_row("text", WRITTEN)
def test_metadata_is_returned_as_it_is_written(text: str) -> None:
    assert kept(body_of(text)) == text


_BLANK = st.text(" \t\r\n", max_size=2)
_NUMBERS = ("0", "-0", "-0.0", "1.10", "1e2", "1E+2", "1e-07", "1e400", "-1.50E3", "12345678901234567890", "0.000")
_NUMBER = st.sampled_from(_NUMBERS)
_INNER = st.text(' \t"\\/abcé🚀{}[],:', max_size=8)


@st.composite
def written_json(draw: st.DrawFn, depth: int = 3) -> tuple[str, str]:
    """Draw a JSON value twice: with blanks between its parts, and without."""
    kind = draw(st.sampled_from(("number", "text", "word", "list", "object") if depth else ("number", "text", "word")))
    if kind == "number":
        text = draw(_NUMBER)
        return text, text
    if kind == "text":
        text = json.dumps(draw(_INNER), ensure_ascii=draw(st.booleans()))
        return text, text
    if kind == "word":
        text = draw(st.sampled_from(("null", "true", "false")))
        return text, text
    parts = draw(st.lists(written_json(depth=depth - 1), max_size=3))
    if kind == "object":
        named = [(f'"n{number}"', *part) for number, part in enumerate(parts)]
        parts = [(f"{name}{draw(_BLANK)}:{draw(_BLANK)}{loose}", f"{name}:{tight}") for name, loose, tight in named]
    loose = ",".join(f"{draw(_BLANK)}{one}{draw(_BLANK)}" for one, _ in parts) or draw(_BLANK)
    tight = ",".join(one for _, one in parts)
    return (f"{{{loose}}}", f"{{{tight}}}") if kind == "object" else (f"[{loose}]", f"[{tight}]")


@given(written_json())
def test_only_blanks_between_parts_are_lost(value: tuple[str, str]) -> None:
    loose, tight = value
    assert kept(body_of(f'{{ "v" :{loose} }}')) == f'{{"v":{tight}}}'


@given(st.text(' \t\n"\\{}[]:,a1.é', max_size=60))
def test_blanks_are_taken_from_any_text_without_touching_its_strings(text: str) -> None:
    value = json.dumps({"v": text, text: [text]}, indent=2, ensure_ascii=False)
    assert (
        bytes(without_blanks(value.encode()))
        == json.dumps(json.loads(value), separators=(",", ":"), ensure_ascii=False).encode()
    )


@each_row(
    ("text", "fits"),
    [
        pytest.param('{"a":"' + "x" * (MAX_METADATA - 8) + '"}', True, id="exactly"),
        pytest.param('{"a":"' + "x" * (MAX_METADATA - 7) + '"}', False, id="one more"),
        pytest.param('{"a":"' + "\\u00e9" * 2000 + '"}', True, id="escapes count as what they stand for"),
        pytest.param('{"a":"' + "\\u00e9" * 2045 + '"}', False, id="too many escapes"),
        pytest.param('{"a":1.' + "0" * 5000 + "}", True, id="a long number"),
        pytest.param('{"a":1.' + "0" * 30_000 + "}", False, id="a very long number"),
        pytest.param('{"a":' + " " * 50_000 + "1}", True, id="blanks count for nothing"),
    ],
)
def test_metadata_has_four_kibibytes(text: str, *, fits: bool) -> None:
    _, problems = parse(parse_object(body_of(text)))
    assert [problem.field for problem in problems] == ([] if fits else ["metadata"])


@each_row("text", ["5", "[]", '"x"', "true", "1e400", "[1e400]"])
def test_metadata_must_be_an_object(text: str) -> None:
    _, problems = parse(parse_object(body_of(text)))
    assert [(problem.field, problem.message) for problem in problems] == [("metadata", "must be a JSON object")]


@pytest.mark.parametrize("text", ["null", "{}"])
def test_no_metadata_is_an_empty_object(text: str) -> None:
    assert kept(body_of(text)) == "{}"


@each_row(
    "body",
    [
        b'{"maxCostUsd": 1e400}',
        b'{"other": {"deep": [1e999]}, "metadata": {"a": 1e400}}',
        b'{"x": -1e400}',
        b'{"x": ' + b"9" * 400 + b".0}",
        b'{"metadata": {"a": NaN}}',
        b'{"metadata": {"a": 1, "a": 2}}',
        b'{"metadata": {"a": "\\u0000"}}',
        b'{"metadata": {"a": "\\ud800"}}',
    ],
)
def test_other_numbers_and_what_cannot_be_stored_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError):
        parse_object(body)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"a":1,"b":2}', '{"b": 2, "a": 1}', True),
        ('{"a":1.10}', '{"a":1.1}', True),
        ('{"a":1}', '{"a":2}', False),
        ("null", "{}", False),
    ],
)
def test_a_repetition_of_an_idempotency_key_may_order_its_metadata_otherwise(
    one: str, other: str, *, same: bool
) -> None:
    prints: list[Any] = [body_digest(parse_object(body_of(text))) for text in (one, other)]
    assert (prints[0] == prints[1]) is same
