"""Columns: which are read of each export, which cell of several is taken, and what the client's mapping changes."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.columns.choice import UnknownColumnError, attribute_named, choose, distinct, score
from app.domain.columns.headings import HEADINGS, Attribute
from app.domain.columns.more_headings import MORE_HEADINGS
from app.domain.columns.recognition import fold, is_slip
from app.domain.columns.row import RowColumns, work_domain
from tests.rows import each_row
from tests.unit.tables.exports import EXPORTS
from tests.unit.tables.wordings import OTHERS, WORDINGS

A = Attribute


def columns_by_member(headings: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    choice = choose(headings)
    for use in choice.uses:
        found["domain" if use.attribute is A.COMPANY_DOMAIN else use.attribute.value].append(choice.names[use.place])
    return found


@each_row(("headings", "expected"), [pytest.param(*rest, id=name) for name, *rest in EXPORTS])
def test_the_columns_of_an_export_are_read(headings: list[str], expected: dict[str, list[str]]) -> None:
    assert columns_by_member(headings) == expected


MORE = [line for line in Path(__file__).with_name("more_exports.txt").read_text("utf-8").splitlines() if line[0] != "#"]


@each_row("line", MORE)
def test_the_first_column_of_each_member_is_known_in_many_languages(line: str) -> None:
    columns = [column.partition(" > ")[::2] for column in line.partition(": ")[2].split(" | ")]
    found = {member: names[0] for member, names in columns_by_member([heading for heading, _ in columns]).items()}
    for heading, member in columns:
        assert not member or found.get(member) == heading


@each_row(("heading", "attribute"), WORDINGS)
def test_a_heading_is_known_in_other_words(heading: str, attribute: Attribute) -> None:
    assert attribute in {use.attribute for use in choose([heading]).uses}


@each_row("heading", OTHERS)
def test_a_heading_that_means_something_else_is_not_read(heading: str) -> None:
    assert choose([heading]).uses == ()


@each_row("attribute", list(HEADINGS))
def test_each_heading_of_the_table_is_known_in_any_spelling(attribute: Attribute) -> None:
    for heading in (heading for group in HEADINGS[attribute] for heading in group):
        for written in (
            heading,
            heading.upper(),
            heading.replace(" ", "_"),
            f"  {heading} ",
            heading.replace(" ", "-"),
        ):
            assert attribute_named(written) is attribute, (heading, written)


def test_no_heading_stands_twice_in_the_table() -> None:
    seen: dict[str, Attribute] = {}
    for attribute, groups in HEADINGS.items():
        for group in groups:
            for heading in group:
                assert seen.setdefault(fold(heading), attribute) is attribute, heading


def test_the_headings_of_more_languages_are_not_known_already() -> None:
    known = {fold(heading) for groups in HEADINGS.values() for group in groups[:-1] for heading in group}
    more = [fold(heading) for member in MORE_HEADINGS.values() for heading in member]
    assert len(known.union(more)) == len(known) + len(more)


@each_row(
    ("word", "known", "slip"),
    [
        ("frist", "first", True),
        ("firsst", "first", True),
        ("fist", "first", True),
        ("firzt", "first", True),
        ("first", "first", True),
        ("tsrif", "first", False),
        ("fiirsst", "first", False),
        ("fi", "first", False),
        ("fzrzt", "first", False),
    ],
)
def test_a_slip_is_one_letter_or_two_that_changed_places(word: str, known: str, *, slip: bool) -> None:
    assert is_slip(word, known) is slip


@given(st.text(min_size=1, max_size=8), st.integers(0, 7), st.characters())
def test_a_slip_is_one_both_ways(word: str, place: int, letter: str) -> None:
    place %= len(word)
    for changed in (word[:place] + letter + word[place + 1 :], word[:place] + word[place + 1 :]):
        assert is_slip(word, changed)
        assert is_slip(changed, word)


@each_row(
    ("headings", "cells", "last_name"),
    [
        ("Voornaam|Tussenvoegsel|Achternaam", "Jan|van der|Berg", "van der Berg"),
        ("Achternaam|Voornaam|Tussenvoegsel(s)", "Berg|Jan| van  der ", "van der Berg"),
        ("First Name|Last Name Prefix|Last Name", "Jan|van der|van der Berg", "van der Berg"),
        ("Vorname|Namensvorsatz|Nachname", "Rita||Moss", "Moss"),
        ("Voornaam|Voorvoegsel|Achternaam", "Jan|-|Berg", "Berg"),
        ("Voornaam|Voorvoegsel|Tussenvoegsel|Achternaam", "Jan||de|Wit", "de Wit"),
        ("Voornaam|Tussenvoegsel|Achternaam", "Jan|van der", None),
    ],
)
def test_a_prefix_stands_in_front_of_the_last_name(headings: str, cells: str, last_name: str | None) -> None:
    found = read(headings, cells).get(Attribute.LAST_NAME)
    assert (found and " ".join(found.split())) == last_name


def test_a_mapping_names_the_column_of_prefixes() -> None:
    mapping = (Attribute.LAST_NAME_PREFIX, ("Part",))
    assert read("First Name|Part|Last Name", "Jan|van|Berg", mapping)[Attribute.LAST_NAME] == "van Berg"


def read(headings: str, cells: str, *mapping: tuple[Attribute, tuple[str, ...]]) -> dict[str, str]:
    values, names = RowColumns(choose(headings.split("|"), mapping)).read(cells.split("|"))
    return {attribute: values[name] for attribute, name in names.items() if name in values}


@each_row(
    ("headings", "cells", "expected"),
    [
        pytest.param("Domain|Website", "a.example|b.example", {A.COMPANY_DOMAIN: "a.example"}, id="the surer heading"),
        pytest.param("Website|Domain", "b.example|a.example", {A.COMPANY_DOMAIN: "a.example"}, id="wherever it stands"),
        pytest.param(
            "Domain|Domain", "a.example|b.example", {A.COMPANY_DOMAIN: "a.example"}, id="of equal ones the left"
        ),
        pytest.param(
            "Domain|Website", " |b.example", {A.COMPANY_DOMAIN: "b.example"}, id="the other where it is empty"
        ),
        pytest.param("Domain|Website", "no domain|b.example", {A.COMPANY_DOMAIN: "b.example"}, id="or cannot be read"),
        pytest.param("Domain|Website", "no|nor this", {A.COMPANY_DOMAIN: "no"}, id="the first where none can be read"),
        pytest.param("Domain|Website", "|", {}, id="nothing"),
        pytest.param("Domain", "", {}, id="no cell"),
        pytest.param(
            "LinkedIn|LinkedIn Profile",
            "linkedin.com/company/acme|linkedin.com/in/rita-moss-77",
            {A.LINKEDIN_URL: "linkedin.com/in/rita-moss-77"},
            id="a profile before another page",
        ),
        pytest.param(
            "First Name|Last Name|Name",
            "Rita|Moss|Acme Sales List",
            {A.FIRST_NAME: "Rita", A.LAST_NAME: "Moss"},
            id="no vague name beside both parts",
        ),
        pytest.param(
            "First Name|Last Name|Name",
            "Rita||Rita Moss",
            {A.FIRST_NAME: "Rita", A.FULL_NAME: "Rita Moss"},
            id="a vague name beside one part",
        ),
        pytest.param(
            "First Name|Last Name|Full Name",
            "Rita|Moss|Rita Moss",
            {A.FIRST_NAME: "Rita", A.LAST_NAME: "Moss", A.FULL_NAME: "Rita Moss"},
            id="a full name is always one",
        ),
        pytest.param(
            "URL",
            "https://www.linkedin.com/in/rita-moss-77",
            {A.LINKEDIN_URL: "https://www.linkedin.com/in/rita-moss-77"},
        ),
        pytest.param(
            "URL", "https://acme.example/about", {A.COMPANY_DOMAIN: "https://acme.example/about"}, id="a site"
        ),
        pytest.param("URL", "https://www.linkedin.com/company/acme", {}, id="a company's page"),
        pytest.param(
            "companyUrl", "https://www.linkedin.com/sales/company/1", {}, id="a company's page of its own column"
        ),
        pytest.param("Email", "rita@acme.example", {A.COMPANY_DOMAIN: "acme.example"}, id="the address's domain"),
        pytest.param(
            "Email", "Rita Moss <rita@acme.example>; x@b.example", {A.COMPANY_DOMAIN: "acme.example"}, id="of two"
        ),
        pytest.param("Email", "rita@gmail.com", {}, id="no private address"),
        pytest.param(
            "Email", "rita@yahoo.co.uk, rita@acme.example", {A.COMPANY_DOMAIN: "acme.example"}, id="the work one"
        ),
        pytest.param("Email", "no address", {}, id="no address"),
        pytest.param(
            "Domain|Email", "a.example|rita@b.example", {A.COMPANY_DOMAIN: "a.example"}, id="domain before address"
        ),
        pytest.param("Domain|Email", "|rita@b.example", {A.COMPANY_DOMAIN: "b.example"}, id="address without a domain"),
        pytest.param(
            "Domain|Email", "??|rita@b.example", {A.COMPANY_DOMAIN: "b.example"}, id="address with a bad domain"
        ),
        pytest.param("Domain|Email", "??|rita@gmail.com", {A.COMPANY_DOMAIN: "??"}, id="a bad domain is told"),
        pytest.param("Domain|Email", "", {}, id="missing cells"),
    ],
)
def test_of_several_cells_one_is_taken(headings: str, cells: str, expected: dict[str, str]) -> None:
    assert read(headings, cells) == expected


def test_what_is_no_text_holds_no_address() -> None:
    assert work_domain(None) is None


def test_a_mapping_names_the_columns_and_no_other_fills_the_member() -> None:
    headings, cells = "Domain|Kunde|Wer|Website", "a.example|b.example|Rita Moss|c.example"
    assert read(headings, cells, (A.COMPANY_DOMAIN, ("Kunde",)), (A.FULL_NAME, ("wer ",))) == {
        A.COMPANY_DOMAIN: "b.example",
        A.FULL_NAME: "Rita Moss",
    }
    assert read(headings, cells, (A.COMPANY_DOMAIN, ())) == {}
    assert read(headings, cells, (A.COMPANY_DOMAIN, ("Website", "Domain"))) == {A.COMPANY_DOMAIN: "c.example"}
    # A column that is read as one member is not read as another one.
    assert read("Domain|Name", "a.example|Acme", (A.COMPANY_NAME, ("Name",))) == {
        A.COMPANY_DOMAIN: "a.example",
        A.COMPANY_NAME: "Acme",
    }


def test_a_mapping_of_an_unknown_column_is_refused() -> None:
    with pytest.raises(UnknownColumnError) as refusal:
        choose(["Domain"], ((A.COMPANY_NAME, ("Firm",)),))
    assert refusal.value.name == "Firm"
    assert choose(["Domain"], ((A.COMPANY_NAME, ("Firm",)),), must_exist=False).uses[0].attribute is A.COMPANY_DOMAIN


def test_columns_of_one_name_are_numbered_and_unnamed_ones_are_not_listed() -> None:
    assert distinct(["a", "a", "a_2", "a"]) == ("a", "a_2", "a_2_2", "a_3")
    assert choose(["note", "note", " ", "Domain"]).ignored == ("note", "note_2")


def test_a_row_with_more_known_headings_looks_more_like_headings() -> None:
    ordered = [["Jane", "x"], ["Frist Name", "x"], ["First Name"], ["First Name", "x"], ["First Name", "Last Name"]]
    assert sorted(ordered, key=score) == ordered
    assert score(["x", "Firma2"], ((A.COMPANY_NAME, ("firma 2",)),)) > score(["First Name", "Last Name"])
