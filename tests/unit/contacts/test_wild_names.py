"""Names of many countries as lists have them: first and last name, and what names nobody."""

from tests.rows import each_row
from tests.unit.contacts.names import read
from tests.unit.contacts.variants import cells, lines

WHOLE = [cells(line, "|") for line in lines("whole_names")]
PARTS = [[cells(side, ";") for side in line.split(" > ")] for line in lines("name_members")]
MISSING = [line.replace("\u00a6", "|") for line in lines("missing_names")]


@each_row(("text", "first", "last"), WHOLE)
def test_a_whole_name(text: str, first: str | None, last: str | None) -> None:
    assert read(full=text)[:2] == (first, last)


def test_more_whole_names() -> None:
    rows = [cells(line, "|") for line in lines("more_names")]
    read_so = [(text, *read(full=text)[:2]) for text, _, _ in rows]
    assert [one for one in read_so if list(one) not in rows] == []


@each_row(("given", "expected"), PARTS)
def test_first_last_and_whole_name(given: list[str | None], expected: list[str | None]) -> None:
    assert read(*given)[:3] == tuple(expected)


def test_more_last_names_that_are_none() -> None:
    assert [text for text in lines("more_missing_names") if read("Anna", text)[1]] == []
    people = ["Last", "First", "Nom", "Blank", "Tester", "Sample", "Foo", "Hidden", "Ditto", "Abe", "Aah", "Oo"]
    assert [text for text in people if read("Anna", text)[1] != text] == []


@each_row("text", MISSING)
def test_a_last_name_that_is_none(text: str) -> None:
    assert read("Anna", text)[:3] == ("Anna", None, "Anna")
