"""Forms in any pieces: the file goes through, options are kept, and what is no form is refused with the remedy."""

import pytest

from app.dialects.forms.multipart import FormReader
from app.dialects.forms.pairs import read_cookies, read_pairs
from app.domain.errors import InvalidInputError

TYPE = "multipart/form-data; boundary=xyz"
HOW = "; send a form with the file as its part named file, as curl -F file=@contacts.csv does"


def part(name: str, content: bytes, *, filename: str | None = None, kind: str = "") -> bytes:
    head = f'--xyz\r\nContent-Disposition: form-data; name="{name}"'
    head += f'; filename="{filename}"' if filename is not None else ""
    head += f"\r\nContent-Type: {kind}" if kind else ""
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


FILE = part("file", b"email\r\nj@acme.example\r\n", filename="contacts.csv", kind="text/csv")
END = b"--xyz--\r\n"


def faults(error: InvalidInputError) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in error.problems]


def _read(body: bytes) -> None:
    reader = FormReader(TYPE, most_parts=3, most_text=10)
    list(reader.feed(body))
    reader.close()


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_file_and_the_options_are_read_from_pieces_of_any_size(size: int) -> None:
    reader = FormReader(TYPE)
    body = part("type", b"phone") + FILE + part("sheet", "Köln".encode()) + part("sheet", b"") + END
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    content = b"".join(given for piece in pieces for given in reader.feed(piece))
    reader.close()
    assert content == b"email\r\nj@acme.example\r\n"
    assert (reader.content_type, reader.filename) == ("text/csv", "contacts.csv")
    assert reader.options == [("type", "phone"), ("sheet", "Köln"), ("sheet", "")]


@pytest.mark.parametrize(
    ("sent", "filename"), [(part("file", b"a"), ""), (part("upload", b"a", filename="x.csv"), "x.csv")]
)
def test_a_file_is_known_by_its_name_or_by_having_one(sent: bytes, filename: str) -> None:
    reader = FormReader(TYPE)
    assert b"".join(reader.feed(sent + END)) == b"a"
    reader.close()
    assert (reader.filename, reader.content_type, reader.options) == (filename, "", [])


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"email\r\nj@acme.example", "the body is no whole, proper form", id="no form"),
        pytest.param(FILE, "the body is no whole, proper form", id="cut off"),
        pytest.param(FILE + FILE + END, "the form has two files; send one", id="two files"),
        pytest.param(part("type", b"phone") + END, "the form has no file", id="no file"),
        pytest.param(
            part("a", b"x" * 6) + part("b", b"x" * 5) + END,
            "the options of the form have more than 10 bytes",
            id="long",
        ),
        pytest.param(b"".join(part("a", b"") for _ in range(4)) + END, "the body is no whole, proper form", id="parts"),
    ],
)
def test_what_is_no_form_with_one_file_is_refused(body: bytes, fault: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        _read(body)
    assert faults(refused.value) == [("", fault + HOW)]


def test_a_form_without_a_file_may_be_wanted() -> None:
    reader = FormReader(TYPE)
    assert not list(reader.feed(part("type", b"phone") + END))
    reader.close(needs_file=False)
    assert reader.options == [("type", "phone")]


def test_an_option_that_is_no_text_is_named() -> None:
    with pytest.raises(InvalidInputError) as refused:
        list(FormReader(TYPE).feed(part("sheet", b"K\xf6ln") + END))
    assert faults(refused.value) == [("sheet", "is not valid UTF-8")]


@pytest.mark.parametrize("given", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_a_boundary_is_refused(given: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        FormReader(given)
    assert faults(refused.value) == [("", "the form's Content-Type has no boundary" + HOW)]


def test_pairs_keep_their_order_empty_values_and_names_given_twice() -> None:
    pairs = [("a", "1"), ("b", ""), ("a", "J. Smith")]
    assert read_pairs(b"a=1&b=&a=J.+Smith", most=3, what="the query") == pairs
    with pytest.raises(InvalidInputError) as refused:
        read_pairs(b"a=1&b=&a=2", most=2, what="the query")
    assert faults(refused.value) == [("", "the query has more than 2 parameters; send fewer")]


def test_the_wanted_cookies_are_read_among_the_first_two_hundred() -> None:
    assert read_cookies('other=1; s_a="x"; s_b = y=z ;s_a=2;s_c', "s_") == {"s_a": "2", "s_b": "y=z", "s_c": ""}
    assert read_cookies("a=1; b=2; c=3", ("a", "c")) == {"a": "1", "c": "3"}
    many = "; ".join(f"s{number}={number}" for number in range(201))
    assert list(read_cookies(many, "s"))[-1] == "s199"
