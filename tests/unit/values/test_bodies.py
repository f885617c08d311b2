"""Bodies of answers: what does not touch the values does not make an answer malformed."""

import pytest

from app.providers.declaration.messages import NoValue, is_flag, is_no, is_nothing, is_yes, read_response, several, step
from tests.rows import each_row

TYPE = "application/json; charset="
EMAIL = {"email": "rené@acme.example"}
TEXT = '{"email": "rené@acme.example"}'


@each_row(
    ("content", "content_type"),
    [
        (TEXT.encode(), "application/json"),
        (TEXT.encode(), f"{TYPE}iso-8859-1"),  # UTF-8 is proven by its bytes, whatever is declared
        (TEXT.encode("latin-1"), f"{TYPE}iso-8859-1"),
        (TEXT.encode("latin-1"), f'{TYPE}"ISO-8859-1"'),
        (TEXT.encode("cp1252"), f"{TYPE}windows-1252"),
        (TEXT.encode("utf-16"), f"{TYPE}utf-16"),
        (TEXT.encode("utf-16"), "application/json"),
        (TEXT.encode("utf-16-le"), f"{TYPE}utf-16le"),
        (TEXT.encode("utf-16-be"), "application/json"),
        (TEXT.encode("utf-32"), "application/json"),
        (b"\xef\xbb\xbf" + TEXT.encode(), f"{TYPE}utf-8"),
        ("\ufeff \n".encode() + TEXT.encode(), "text/html"),
    ],
)
def test_a_charset_is_honoured(content: bytes, content_type: str) -> None:
    assert read_response(200, {"Content-Type": content_type}, content).body == EMAIL


@each_row("charset", ["latin-1", "no-such-charset", "hex", "idna", "undefined", "utf-7", "rot13"])
def test_a_charset_makes_no_answer_of_a_page(charset: str) -> None:
    for page in (b"<html>\xe9</html>", b"\xff\xfe\x00", b"\x00" * 9):
        assert read_response(404, {"content-type": f"text/html; charset={charset}"}, page).body is NoValue.GARBAGE


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_null(number: str) -> None:
    body = read_response(200, {}, f'{{"email": "a@acme.example", "score": {number}, "of": [{number}]}}'.encode()).body
    assert body == {"email": "a@acme.example", "score": None, "of": [None]}


@each_row("content", ["NaN NaN", '{"NaN": }', "Infinity<html>", '{"a": NaN, "b": "\\ud800"}', "[NaN" * 9])
def test_what_is_broken_besides_stays_so(content: str) -> None:
    assert read_response(200, {}, content.encode()).body is NoValue.GARBAGE


@each_row(
    ("text", "value"),
    [
        ('" rita@acme.example\\r\\n"', "rita@acme.example"),
        ('"true"', True),
        ('"False "', False),
        ('"null"', None),
        ('"N/A"', None),
        ('"undefined"', None),
        ("7.0", 7),
        ("-0.0", 0),
        ("1e3", 1000),
        ("7.5", 7.5),
        ("9007199254740992.0", 2**53),
        ("1e300", 1e300),
        ('"none"', "none"),
        ('"Nullmeier"', "Nullmeier"),
        ('"0"', "0"),
        ('{" email ": ["true"]}', {"email": [True]}),
    ],
)
def test_a_value_has_the_type_that_it_was_meant_to_have(text: str, value: object) -> None:
    body = read_response(200, {}, f'{{"value": {text}, "n": NaN}}'.encode()).body
    assert body == {"value": value, "n": None}
    assert isinstance(body, dict)
    assert type(body["value"]) is type(value)


@each_row(
    ("body", "path", "found"),
    [
        ([{"a": 1}], "a", 1),
        ({"a": [{"b": 1}]}, "a.b", 1),
        ({"a": {"b": 1}}, "a.0.b", 1),
        ({"a": {"0": {"b": 1}}}, "a.0.b", 1),
        ({"a": {"b": 1}}, "a.1.b", NoValue.MISSING),
        ({"a": {}}, "a.0.b", NoValue.MISSING),
        ({"a": ""}, "a.b", NoValue.MISSING),
        ({"a": [{"b": 1}, {"b": 2}]}, "a.b", NoValue.WRONG),
        ({"a": [1]}, "a.b", NoValue.WRONG),
        ({"a": "x"}, "a.b", NoValue.WRONG),
        ({"a": [1, 2]}, "a.1", 2),
        ({"a": [1, 2]}, "a.2", NoValue.MISSING),
    ],
)
def test_an_object_stands_for_a_list_of_it_and_the_other_way_round(body: object, path: str, found: object) -> None:
    assert step(body, path) == found


@each_row(
    ("value", "entries"),
    [
        ([1, None], [1, None]),
        ({"a": 1}, [{"a": 1}]),
        ("x", ["x"]),
        (0, [0]),
        (False, [False]),
        (None, []),
        ("", []),
        ([], []),
        ({}, []),
        ([{}], []),
        (NoValue.MISSING, []),
    ],
)
def test_a_value_in_place_of_a_list_is_its_only_entry(value: object, entries: list[object]) -> None:
    assert several(value) == entries
    assert is_nothing(value) is (not entries and value is not NoValue.MISSING)


def test_a_body_that_was_cut_off_is_none() -> None:
    assert read_response(200, {}, TEXT.encode(), whole=False).body is NoValue.GARBAGE


def test_a_flag_may_be_written_as_a_number_or_a_word() -> None:
    yes, no = (True, 1, 1.0, "1", "yes", "YES"), (False, 0, 0.0, "0", "no", "No")
    neither: tuple[object, ...] = (None, "", "y", "none", "yes please", 2, -1, "2", [True], [], {}, NoValue.MISSING)
    for values, are in ((yes, (True, False, True)), (no, (False, True, True)), (neither, (False, False, False))):
        for value in values:
            assert (is_yes(value), is_no(value), is_flag(value)) == are, value
