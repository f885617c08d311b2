"""Cells that a spreadsheet would run are shown as text; numbers and phone numbers stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.runs.csv_safety import is_formula, safe_cell


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        '"=1',
        "\" =cmd|' /C calc'!A0",
        "\uff1d1",
        "\u00a0=1",
        "\ufeff=1",
        "+1 555 555 0123",
        "+15555550123;=1",
        "+",
        "-",
        "--1",
    ],
)
def test_what_might_be_run_gets_an_apostrophe(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "Jane",
        "+15555550123",
        "-12.5",
        "+3,75",
        "0",
        "a=b",
        "jane@acme.example",
        "'=1",
        "O'Brien",
        " ",
        "Smith-Jones",
    ],
)
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert safe_cell(cell) == cell


@given(st.text(max_size=20) | st.text("=+-@ '\"\t1a\uff0b\u00a0", max_size=8))
def test_no_cell_is_left_that_begins_a_formula_and_nothing_else_is_touched(cell: str) -> None:
    safe = safe_cell(cell)
    assert not is_formula(safe)
    assert safe in {cell, "'" + cell}
    assert safe_cell(safe) == safe
    if safe[:1] in set("=+-@\t\r\n"):
        assert safe.lstrip("+-").replace(".", "", 1).replace(",", "", 1).isdigit()
