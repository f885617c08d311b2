"""Values cut out of a JSON document are what they are, wherever the window ends; what is too long is refused."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.tables import json_window
from app.dialects.tables.json_reader import MAX_HEAD, head_members
from app.dialects.tables.json_window import JsonWindow
from app.domain.errors import InvalidInputError
from tests.rows import each_row


def cut(body: bytes) -> list[Any]:
    window = JsonWindow(io.BytesIO(body))
    found = [json.loads(text) for text in window.elements("a value")]
    window.end()
    return found


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(_VALUES, max_size=6), st.booleans(), st.none() | st.integers(0, 3))
def test_every_value_is_cut_out_as_it_is(values: list[Any], ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001 - drawn
    assert cut(json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode()) == values


@pytest.mark.parametrize("size", [json_window.MAX_VALUE - 1, json_window.MAX_VALUE])
def test_a_value_of_exactly_the_most_characters_is_read_wherever_it_stands(size: int) -> None:
    text = '"' + "x" * (size - 2) + '"'
    for before in (0, 1, json_window.MAX_VALUE - 1, json_window.MAX_VALUE, 3 * json_window.MAX_VALUE):
        (value,) = cut(b" " * before + b"[" + b"\n" * before + text.encode() + b" " * before + b"]")
        assert len(value) == size - 2


@pytest.mark.parametrize("text", ['"' + "x" * json_window.MAX_VALUE + '"', "[" + "1," * json_window.MAX_VALUE + "1]"])
def test_a_value_above_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        cut(f'["a", {text}]'.encode())
    assert refusal.value.message == "a value that begins at character 7 must not exceed 262144 characters"


@each_row(
    ("body", "said"),
    [
        ("[1 2]", "Expecting ',' or ']' at character 4"),
        ("[1,]", "Expecting value at character 4"),
        ("[1", "Expecting ',' or ']' at character 3"),
        ("[1] x", "Extra data at character 5"),
        ('["\\x"]', "Invalid \\escape at character 3"),
        ("[" + " " * 300_000 + "tru]", "Expecting value at character 300002"),
        ('["' + "x" * 1000, "Unterminated string starting at character 2"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(body: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        cut(body.encode())
    assert refusal.value.message == f"the body is not valid JSON: {said}"


class CountedFile(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.count += len(piece)
        return piece


def test_a1_members_beside_the_contacts_are_read_up_to_their_bound_alone() -> None:
    many = b",".join(b'"x%d":"%s"' % (number, b"y" * 100_000) for number in range(100))
    for document in (b"{" + many + b',"contacts":[]}', b'{"data":[{}],' + many + b"}"):
        file = CountedFile(document)
        with pytest.raises(InvalidInputError, match="than contacts must not exceed"):
            list(head_members(file))
        assert file.count <= 8 * MAX_HEAD < len(document)
