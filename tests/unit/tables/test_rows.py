"""Rows of tables that are no contacts, each kind by itself: footers, types below the headings, blank ones."""

import io

import pytest

from app.dialects.tables.csv_table import CsvTable
from app.dialects.tables.table_reader import TableReader, is_storable
from app.domain.errors import InvalidInputError
from tests.rows import each_row

HEADINGS = "First Name,Last Name,Website\n"
RITA = "Rita,Moss,acme.example\n"


def reader_of(body: str) -> TableReader:
    return TableReader(CsvTable(io.BytesIO(body.encode())))


def first_cells(body: str) -> list[str]:
    return [row.given["cells"][0] for row in reader_of(body).rows()]


@each_row(
    "footer",
    [
        "Subtotal,3",
        "Sub total",
        "Total général,12",
        "Totale",
        "Number of contacts: 3",
        "Acme. All rights reserved.",
        "Erstellt am 27.11.2026",
        "Exportiert von Rita",
        "Généré le 27/11/2026",
        "Exporté par Rita",
        "Nombre de contacts: 3",
        "Anzahl der Kontakte: 3",
        "Numero d'enregistrements: 3",
        "3 registros",
        "3 kontakte",
        "3 enregistrements",
        "© 2026 Acme",
        "Ende des Berichts",
        "As of: today",
        "* Figures of November",
        "Total,3 results",
        "Average of leads: 2",
        "Page 3",
        "Page 1 of 3",
        "Vertraulich",
        "Strictly confidential",
        "(2 rows affected)",
    ],
)
def test_a_footer_is_no_contact(footer: str) -> None:
    assert first_cells(f"{HEADINGS}{RITA}{footer}\n") == ["Rita"]


@each_row("row", ["* Rita,Moss,", "Jo", "Total Energy,Moss,", "3 musketeers,,", "Created,Moss,", "All rights,,"])
def test_what_only_looks_like_a_footer_is_a_row(row: str) -> None:
    assert len(first_cells(f"{HEADINGS}{RITA}{row}\n")) == 2


@each_row(
    ("behind", "rows"),
    [
        pytest.param(f"{RITA}\nJo,,\n", ["Rita", "Jo"], id="a contact behind a gap"),
        pytest.param(f"{RITA}\nBo,,\nJo,,\nTotal,,\n", ["Rita", "Bo", "Jo"], id="a footer takes no other row"),
        pytest.param(f"{RITA}\nJo,Moss,\nTotal,,\n", ["Rita", "Jo"], id="but not a contact"),
        pytest.param("\nJo,,\nTotal,,\n", ["Jo"], id="the gap is below the headings"),
        pytest.param("\nTotal,,\n", [], id="a footer alone"),
    ],
)
def test_footers_stand_behind_the_last_contact(behind: str, rows: list[str]) -> None:
    assert first_cells(HEADINGS + behind) == rows


@each_row(
    ("heading", "values"),
    [
        ("LinkedIn URL", [f"https://linkedin.example/in/{name}" for name in ("anna", "bob", "carl")]),
        ("Email", ["anna@acme.example", "bob@beta.example", "carl@gamma.example"]),
        ("Domain", ["acme.example", "beta.example", "gamma.example"]),
        ("Full Name", ["Anna Moss", "Bob Reed", "Carl Stone"]),
    ],
)
def test_a_column_behind_a_gap_is_kept_above_its_total(heading: str, values: list[str]) -> None:
    for more in ("", ",Company,Title"):
        ends = "," * more.count(",")
        rows = [f"{value}{ends}\n" for value in values]
        for footer in ("Total: 3", "Copyright 2026 Acme"):
            body = f"{heading}{more}\n{rows[0]}\n{rows[1]}{rows[2]}{footer}{ends}\n"
            assert first_cells(body) == values


_KINDS = """
string text varchar nvarchar char int integer bigint number numeric decimal float double bool boolean date datetime
timestamp email e-mail url phone picklist lookup uuid required optional mandatory pflichtfeld obligatoire facultatif
obligatorio opcional varchar(50) (required)
"""


@each_row(
    "kind", [*_KINDS.split(), "Single line text", "Multi-line text", "Text (required)", "Text optional", "Phone field"]
)
def test_types_below_the_headings_are_no_contact(kind: str) -> None:
    assert first_cells(f"{HEADINGS}{kind},{kind},{kind}\n{RITA}") == ["Rita"]
    assert first_cells(f"Company,Website\n{kind},varchar(50)\nAcme,acme.example\n") == ["Acme"]
    assert len(first_cells(f"{HEADINGS}{kind},,\n{RITA}")) == 2
    assert len(first_cells(f"{HEADINGS}{kind},Moss,\n{RITA}")) == 2
    assert len(first_cells(f"{HEADINGS}{RITA}{kind},{kind},{kind}\n")) == 2


@each_row("row", ["Char,Number", "Text,Phone", "Date,Int", "Url,Char"])
def test_two_cells_that_may_be_names_are_a_contact(row: str) -> None:
    assert len(first_cells(f"First Name,Last Name\n{row}\nRita,Moss\n")) == 2


@each_row(
    ("headings", "row"),
    [
        ("Name,Website", "Text,URL"),
        ("Full Name,Email", "text,email"),
        ("Website,Company", "Url,Text"),
        ("LinkedIn URL,Name", "Url,Char"),
        ("Domain,Last Name", "text(255),text"),
        ("First Name,Last Name,Domain", "Char,,Date"),
    ],
)
def test_a_type_is_no_address_so_that_two_of_them_are_no_contact(headings: str, row: str) -> None:
    assert len(first_cells(f"{headings}\n{row}\n{'x,' * headings.count(',')}y\n")) == 1
    # Below the first row, and where the other is a name, it is a wrong address.
    first, *_, last = row.split(",")
    for rows in (f"x,y\n{row}", f"Rita Moss,{last}", f"{first},Moss"):
        assert len(first_cells(f"{headings}\n{rows}\n")) == len(rows.splitlines())


@each_row("blank", ["\f", "\v", "\x1a", "\0", "\u00a0", "\u3000", " ,\t,", "---,---,---", "+===+", "| *** |"])
def test_a_row_without_text_is_none(blank: str) -> None:
    assert first_cells(f"{HEADINGS}{RITA}{blank}\n{RITA}") == ["Rita", "Rita"]


@pytest.mark.parametrize(
    ("above", "line"),
    [
        pytest.param("", 1, id="the first of equal rows"),
        pytest.param("Company\n", 2, id="the one with more headings"),
        pytest.param("First Name,Last Name,Website\n", 1, id="a sure one before one with more"),
    ],
)
def test_the_line_of_the_headings(above: str, line: int) -> None:
    headings = "Company,Website,Last Name,First Name\n" if above else "Company,Website\n" * 2
    table = CsvTable(io.BytesIO(f"{above}{headings}Acme,acme.example\n".encode()))
    assert table.line == line


@pytest.mark.parametrize(
    ("body", "delimiter"), [("Domain\nacme.example\n", ","), ("Foo\nx\n", ","), ("Foo;Bar\nx;y\n", ";")]
)
def test_a_table_that_nothing_divides_is_one_of_commas(body: str, delimiter: str) -> None:
    assert CsvTable(io.BytesIO(body.encode())).delimiter == delimiter


@pytest.mark.parametrize(
    ("headings", "read"),
    [
        ("Voorvoegsel,Tussenvoegsel,Achternaam", None),
        ("E-Mail,Work Email,Domain", None),
        ("First Name,Last Name,Name,Full Name", None),
        ("Website,Domain", "domain is read from 'Domain', and where it is empty from 'Website'"),
    ],
)
def test_a_warning_says_which_of_several_columns_is_read(headings: str, read: str | None) -> None:
    warnings = list(reader_of(headings + "\n").warnings())
    assert [warning.partition(";")[0] for warning in warnings] == ([read] if read else [])


@pytest.mark.parametrize(("columns", "more"), [(20, ""), (21, " and 1 more")])
def test_columns_are_listed_up_to_twenty(columns: int, more: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        reader_of(",".join(f"c{number}" for number in range(columns)))
    assert f"'c19'{more};" in refusal.value.message


def test_a_table_may_have_as_many_columns_as_are_allowed() -> None:
    assert len(reader_of("first_name" + ",x" * 999 + "\n").columns) == 1000


@pytest.mark.parametrize(
    ("cell", "shown", "said"),
    [
        ("Jané", "Jané", None),
        ("Ja\0ne", "Ja\ufffdne", "holds a NUL character"),
        ("Jan\0é", "Jan\ufffdé", "holds a NUL character"),
    ],
)
def test_a_cell_that_cannot_be_stored_is_shown_without_the_character(cell: str, shown: str, said: str | None) -> None:
    (row,) = reader_of(f"{HEADINGS}{cell},Moß,acme.example\n").rows()
    assert row.given == {"cells": [shown, "Moß", "acme.example"]}
    assert [problem.message.partition(",")[0] for problem in row.problems] == ([said] if said else [])


@each_row(
    ("text", "storable"),
    [("x", True), ("é", True), ("\0", False), ("é\0", False), ("\ud800", False), ("\udfff", False), ("\ue000", True)],
)
def test_no_nul_and_no_half_character_can_be_stored(text: str, *, storable: bool) -> None:
    assert is_storable(text) is storable
