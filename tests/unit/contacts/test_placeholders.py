"""Placeholders: what spreadsheets, databases and people write where a value is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.leadsonar.request import parse_job
from app.domain.contacts.company_name import clean_company
from app.domain.contacts.contact import RawContact, normalise
from app.domain.contacts.placeholders import is_placeholder
from app.sandbox.magic import Magic, magic_of
from tests.rows import each_row

PLACEHOLDERS = """
N/A|n/a|N.A.|n.a.|n. a.|#N/A|N / A|n\\a|-|--|\u2014|.|..|...|?|???|*|_|/|'|""|null|NULL|Null|(null)|<null>
[NULL]|"null"|none|None|NONE|nil|NIL|<nil>|unknown|UNKNOWN|Unknown|(unknown)|[Unknown]|undefined|NaN|nan|NAN
<NA>|NaT|\\N|k.A.|K.A.|k. A.|TBD|tbd|tbc|x|X|xx|(x)|x.|♥|€€|xxx|XXX|test|Test|TEST|(blank)|(leer)|[blank]|not available
Not Available|NOT APPLICABLE|not provided|[not provided]|None provided|no name|No last name|#REF!|#VALUE!
#NAME?|#DIV/0!|#NULL!|#NV|#BEZUG!|#WERT!|{{first_name}}|{{ contact.lastname }}|${name}|%FIRSTNAME%|<<Name>>
{name}|[[name]]|<first_name>|null null|undefined undefined|N/A N/A|LinkedIn Member|LinkedIn-Mitglied
[object Object]|keine Angabe|unbekannt|nicht angegeben|inconnu|non renseigné|néant|desconocido|sin nombre
$contact_name|onbekend|n.v.t.|First Name|lastName|0|false|#VALORE|#RIF|#NOM|#ND|#ZAHL|#CAMPO!
"""
LISTED = [*(word for line in PLACEHOLDERS.split("\n") for word in line.split("|") if word), "*|FNAME|*"]


@each_row("text", LISTED)
def test_a_placeholder_is_one(text: str) -> None:
    assert is_placeholder(text)


@each_row(
    "text",
    [
        "Na",
        "Nat",
        "Ka",
        "Nunn",
        "Nill",
        "Noll",
        "Nono",
        "Tester",
        "Testa",
        "Unk",
        "Blank",
        "Leer",
        "Xi",
        "Xu",
        "Ma",
        "No",
        "O",
        "Knull",
        "blank.",
        "Leer!",
        "Value.",
        "A" * 100,
        "{" * 100,
        "Null Stern Hotel",
        "Test Valley Ltd",
        "None of the Above GmbH",
        "1&1",
        "42",
        "X1",
        "N26",
        "A/B",
        "Unknown Worlds",
        "{brackets",
        "50%",
        "<3",
        "$5",
        "#paid",
        "Nancy",
        "王",
        "李",
    ],
)
def test_a_name_is_none(text: str) -> None:
    assert not is_placeholder(text)


@given(st.sampled_from(LISTED), st.sampled_from(["first", "last", "full"]))
def test_a_placeholder_is_empty_in_every_member(text: str, member: str) -> None:
    raw = {f"{member}_name": text, "company_name": text, "company_domain": text, "linkedin_url": text}
    names = {name: name for name in RawContact.__struct_fields__}
    kept = "last_name" if member == "first" else "first_name"
    contact, warnings, problems = normalise(RawContact(**raw, **{kept: "Moss"}), names)
    assert problems == []
    company = text if text == "X" else None
    assert contact.name == "Moss"
    assert (contact.company_name, contact.company_domain, contact.linkedin_url) == (company, None, None)
    assert {one.field for one in warnings} == raw.keys() - ({"company_name"} if company else set())
    assert all(one.is_empty and "stands for no value" in one.message for one in warnings)


@each_row("which", list(Magic))
def test_the_magic_contacts_of_the_sandbox_have_names(which: Magic) -> None:
    names = {name: name for name in RawContact.__struct_fields__}
    for raw in ({"first_name": "Magic", "last_name": which.value}, {"full_name": f"Magic {which.value.capitalize()}"}):
        contact, warnings, problems = normalise(RawContact(**raw), names)
        assert (warnings, problems) == ([], [])
        assert magic_of(contact.first_name or "", contact.last_name or "", "") is which


def test_a_job_with_placeholders_is_accepted_and_says_so() -> None:
    person = {"first_name": "Rita", "last_name": "N/A", "domain": "acme.example"}
    draft, faults = parse_job({"contacts": [person, person | {"last_name": "M."}]})
    assert faults == []
    assert [contact.last_name for contact in draft.contacts] == [None, "M."]
    assert draft.warnings == ("contacts[0].last_name was ignored: 'N/A': stands for no value",)


def test_a_contact_of_placeholders_names_nobody() -> None:
    names = {name: name for name in RawContact.__struct_fields__}
    _, warnings, problems = normalise(RawContact(first_name="N/A", last_name="-", company_domain="#REF!"), names)
    assert warnings == []
    assert [one.field for one in problems] == ["first_name", "last_name", "company_domain"]


@each_row(
    ("text", "name"),
    [
        pytest.param("Borealis Freight\u2122", "Borealis Freight", id="trade mark"),
        pytest.param("Borealis\u00ae Freight", "Borealis Freight", id="registered"),
        pytest.param("Borealis \u00ae Freight", "Borealis Freight", id="registered, with blanks"),
        pytest.param("\u00a9 Borealis", "Borealis", id="copyright"),
        pytest.param("Borealis\u2120", "Borealis", id="service mark"),
        pytest.param("Borealis\u1d40\u1d39", "Borealis", id="raised letters"),
        pytest.param("Borealis\u02e2\u1d39", "Borealis", id="raised letters of a service mark"),
        pytest.param("Borealis\u24c7", "Borealis", id="encircled R"),
        pytest.param("Borealis (TM)", "Borealis", id="in brackets"),
        pytest.param("Borealis (sm)", "Borealis", id="service mark in brackets"),
        pytest.param("Borealis(R) Inc", "Borealis Inc", id="R in brackets"),
        pytest.param("\U0001f680 Borealis", "Borealis", id="emoji"),
        pytest.param("m\u00b2 Architekten", "m\u00b2 Architekten", id="raised digit"),
        pytest.param("Studio \u21169 \u00bd", "Studio \u21169 \u00bd", id="number and fraction"),
        pytest.param("Cafe\u0301 Noir", "Café Noir", id="composed"),
        pytest.param("Acme\u00ad Freight\u200b", "Acme Freight", id="invisible"),
        pytest.param("Acme\u00a0\u2003Freight", "Acme Freight", id="blanks"),
        pytest.param("\uff21\uff23\uff2d\uff25", "ACME", id="wide letters"),
        pytest.param("AT&T", "AT&T", id="ampersand"),
        pytest.param("Yahoo!", "Yahoo!", id="exclamation mark"),
        pytest.param("X", "X", id="the company of one letter"),
        pytest.param("\u2122", None, id="a mark alone"),
        pytest.param("N/A", None, id="placeholder"),
        pytest.param("x", None, id="a small x"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_the_name_of_a_company_stays_as_it_is_written(text: str | None, name: str | None) -> None:
    assert clean_company(text) == name
