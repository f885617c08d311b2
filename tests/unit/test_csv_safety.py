"""Cells that a spreadsheet would run are shown as text; what none would run stays as it is."""

import time

from hypothesis import given
from hypothesis import strategies as st

from app.domain.runs.csv_safety import is_formula, safe_cell
from tests.rows import each_row

_FORMULAS = (
    "=1+1", "=", "==1", '=HYPERLINK("https://a.example")', "=cmd|' /C calc'!A0", '=DDE("cmd";"/C calc";"x")',
    "+1+1", "+SUM(A1)", "+cmd|' /C calc'!A0", "+A1", "++1", "+1;=1", "+15555550123;=1", "+1 (415) 555-0100+SUM(A1)",
    "+1 415 555 0100 ext A1", "+(415)!A1", "+1*1", "+1^9",
    "-1+1", "-1+1|cmd", "-SUM(A1)", "-2+3+cmd|' /C calc'!A0", "--1", "-A1", "-1-1|x", "- call back", "-3%|cmd",
    "@SUM(1)", "@SUM(A1:A9)", "@SUM(1)*cmd|' /C calc'!A0", "@A1|x!y", "@a!b", "@a+1", "@handle=1", "@", "@ handle",
    "\t=1", "\r=1", "\n=1", "\tJane", "\r+15555550123", " =1", '"=1', "\" =cmd|' /C calc'!A0",
)  # fmt: skip
# What programs drop before they look: white space of all kinds, characters of no width, marks.
_BEFORE = (
    "\u2060", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u00ad", "\u2003", "\u3000", "\v", "\f", "\ufeff",
    "\u00a0", "\u200b", "\u200d", "\u2028", "\u2029", "\u0085", "\u1680", "\u180e", "\u061c", "\0", "\x1f", "\x7f",
    "\ufe0f", "\u034f", "\U000e0020", " \u2060\u3000 ",
)  # fmt: skip
_HARMLESS = (
    "", "Jane", "0", "a=b", "jane@acme.example", "'=1", "O'Brien", " ", "\u2060", "\t", "Smith-Jones", "(415) 555-0100",
    "+15555550123", "+1 (415) 555-0100", "+1 415 555 0100", "+1-415-555-0100", "+1.415.555.0100", "+1 415.555.0100",
    "+1 (415) 555-0100 ext. 12", "+1 (415) 555-0100 x12", "+1 415 555 0100, ext 4412", "+14155550100;ext=12",
    "+1 415 555 0100 #12", "+44 (0)20 7946 0958", "+49 30/5550100", "+49 (30) 5550-100", "+(1) 415 555 0100",
    "+33 1 99 00 12 34", "+1\u00a0415\u00a0555\u00a00100", "+1 415\u2011555\u20110100", "\u202a+1 (415) 555-0100\u202c",
    "+1 415 555 0100 / +1 415 555 0101", "+1 (415) 555-0100, +1 (415) 555-0101",
    "@ritamoss", "@rita_moss", "@rita.moss", "@RitaMoss1", "@one, @two", "@one @two", " @ritamoss",
    "-3%", "+3%", "-3.5 %", "-12.50", "-12,50", "+3,75", "-1,234.56", "-1.234,56 €", "-$5", "- 5", "-.5", "-1e-5",
    "+1.5E+10", "-1'000", "-", "--", "+",
)  # fmt: skip


@each_row("cell", _FORMULAS)
def test_what_might_be_run_gets_an_apostrophe(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell


@each_row("before", _BEFORE)
def test_a_formula_is_seen_behind_what_is_not_seen(before: str) -> None:
    for cell in ("=1+1", "+1+1", "-1+1|cmd", "@SUM(1)", "\uff1d1", "\uff0b1+1", "\uff0d1+1", "\uff20SUM(1)", "\ufe661"):
        assert safe_cell(before + cell) == "'" + before + cell
        assert safe_cell(before + before + cell) == "'" + before + before + cell


@each_row("cell", _HARMLESS)
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert safe_cell(cell) == cell


@given(st.text(max_size=20) | st.text("=+-@ '\"\t1a|!(\uff0b\u00a0\u2060", max_size=10))
def test_no_cell_is_left_that_begins_a_formula_and_nothing_else_is_touched(cell: str) -> None:
    safe = safe_cell(cell)
    assert not is_formula(safe)
    assert safe in {cell, "'" + cell}
    assert safe_cell(safe) == safe
    if safe.strip()[:1] in set("=+-@"):
        # Whatever calls, refers or links has one of these.
        assert not set(safe) & set("=|!*&^<>\"'{}[]")
        assert not safe.startswith("@") or "(" not in safe


@each_row("repeated", ["+", "-", "1", " ", "+1 ", "+1,", "1.", "@a ", "@a,", "(", "+1 415 555 0100,", "x", "\u2060"])
def test_a_long_cell_takes_no_longer_than_its_length(repeated: str) -> None:
    for start in ("+", "-", "@", "+1", "+1415555"):
        seconds = []
        for size in (10_000, 80_000):
            cell = start + repeated * (size // len(repeated)) + "!"
            began = time.thread_time()
            is_formula(cell)
            seconds.append(time.thread_time() - began)
        assert seconds[1] < 0.25, (start, repeated, seconds)
