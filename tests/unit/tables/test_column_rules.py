"""The rules by which columns are chosen and rows are read: short rows, scores of headings, words that say nothing."""

from typing import Any

import pytest

from app.domain.columns.choice import choose, free_name, score
from app.domain.columns.headings import Attribute
from app.domain.columns.recognition import fold, recognise
from app.domain.columns.row import RowColumns
from tests.rows import each_row

A = Attribute


def read(headings: str, cells: str) -> dict[str, str]:
    values, names = RowColumns(choose(headings.split("|"))).read(cells.split("|"))
    return {attribute: values[name] for attribute, name in names.items() if name in values}


@each_row(
    ("names", "marks"),
    [
        (["First Name", "Last Name"], (0, 4, 2)),
        (["First Name", "x"], (0, 2, 2)),
        (["First Name", "Given Name"], (0, 2, 2)),
        (["First Name", "Name"], (0, 3, 2)),
        (["Name", "URL", " "], (0, 1, 2)),
        (["Frist Name", "x"], (0, 1, 2)),
        (["Frist Name", *["x"] * 59], (0, 1, 60)),
        (["Frist Name", *["x"] * 60], (0, 0, 61)),
        (["x", ""], (0, 0, 1)),
    ],
)
def test_a_row_is_scored_by_the_headings_in_it(names: list[str], marks: tuple[int, int, int]) -> None:
    assert score(names) == marks


def test_the_columns_of_a_mapping_are_scored_first() -> None:
    assert score(["Wer", "x"], ((A.FULL_NAME, ("wer ", "wen")), (A.COMPANY_NAME, ("Firm",)))) == (1, 0, 2)


@each_row(
    ("headings", "cells", "expected"),
    [
        ("First Name|Last Name|Domain", "Rita", {A.FIRST_NAME: "Rita"}),
        ("First Name|Last Name|Domain", "Rita|Moss", {A.FIRST_NAME: "Rita", A.LAST_NAME: "Moss"}),
        ("Achternaam|Tussenvoegsel", "Berg", {A.LAST_NAME: "Berg"}),
        ("Achternaam|Tussenvoegsel", "Berg|van", {A.LAST_NAME: "van Berg"}),
        ("Achternaam|Tussenvoegsel", "Berg| ", {A.LAST_NAME: "Berg"}),
        ("URL", "linkedin.com/pub/rita-moss/1/2/3", {A.LINKEDIN_URL: "linkedin.com/pub/rita-moss/1/2/3"}),
        ("URL", "de.linkedin.com/de/in/rita-moss", {A.LINKEDIN_URL: "de.linkedin.com/de/in/rita-moss"}),
        ("Vorname|Nachname|Name", "Rita||Rita Moss", {A.FIRST_NAME: "Rita", A.FULL_NAME: "Rita Moss"}),
        ("Vorname|Name", "Rita|Moss", {A.FIRST_NAME: "Rita", A.LAST_NAME: "Moss"}),
        ("Förnamn|Namn", "Rita|Moss", {A.FIRST_NAME: "Rita", A.LAST_NAME: "Moss"}),
        ("First Name|Name", "Rita|Rita Moss", {A.FIRST_NAME: "Rita", A.FULL_NAME: "Rita Moss"}),
        ("Nome|Sobrenome", "Rita|Moss", {A.FIRST_NAME: "Rita", A.LAST_NAME: "Moss"}),
        ("İsim|Soyisim", "Rita|Moss", {A.FIRST_NAME: "Rita", A.LAST_NAME: "Moss"}),
        ("Nome|Primeiro nome|Sobrenome", "Rita Moss|Rita|", {A.FIRST_NAME: "Rita", A.FULL_NAME: "Rita Moss"}),
        ("Email|Domain", "rita@acme.example|", {A.COMPANY_DOMAIN: "acme.example"}),
        ("Domain|Email", "a.example|rita@", {A.COMPANY_DOMAIN: "a.example"}),
    ],
)
def test_a_row_says_what_its_cells_say_together(headings: str, cells: str, expected: dict[str, str]) -> None:
    assert read(headings, cells) == expected


@each_row(
    ("heading", "meant"),
    [
        ("Firma oder Unternehmen", A.COMPANY_NAME),
        ("Société ou entreprise", A.COMPANY_NAME),
        ("Empresa o compañía", A.COMPANY_NAME),
        ("Bedrijf of organisatie", A.COMPANY_NAME),
        ("Company or Firm", A.COMPANY_NAME),
        ("Voornaam of roepnaam", A.FIRST_NAME),
        ("Name vollständiger Kontakt", A.FULL_NAME),
        ("Contact Name / Betreuer", A.FULL_NAME),
        ("Your company/Kunde", A.COMPANY_NAME),
        ("Website for the company", A.COMPANY_DOMAIN),
        ("Vorname Ansprechpartner", A.FIRST_NAME),
        ("Registrant Full Name", A.FULL_NAME),
        ("Registrant Company", A.COMPANY_NAME),
        ("Frist name cleaned", A.FIRST_NAME),
        ("Site Adresse", None),
        ("Adresse du site", None),
        ("URL société", A.COMPANY_DOMAIN),
        ("URL der Firma", A.COMPANY_DOMAIN),
        ("Company Link", A.COMPANY_DOMAIN),
        ("Lead", None),
        ("Contact person of the company", None),
        ("First name or given name", A.FIRST_NAME),
        ("Company|Account", A.COMPANY_NAME),
        ("First name [given]", A.FIRST_NAME),
        ("First name (given) [1]", A.FIRST_NAME),
        ("First&nbsp;Name", A.FIRST_NAME),
        ("First<br>Name", A.FIRST_NAME),
        ("Your first name", A.FIRST_NAME),
        ("First name required", A.FIRST_NAME),
        ("First name/Company", None),
        ("First name or last name", None),
        ("Name of the list", None),
        ("Last contact of the person", None),
    ],
)
def test_a_heading_of_several_names_is_known_where_they_mean_one(heading: str, meant: Attribute | None) -> None:
    assert {use.attribute for use in choose([heading]).uses} == ({meant} if meant else set())


_PAGES = "URL, Link, Social, Profile, Profile URL, Profile Link, Profil, Profil URL, Perfil"
_COMPANY_PAGES = "Company URL, Company Link, Account URL, Organization URL, Firmen-URL, Company Page, URL société"


@each_row(("headings", "meant"), [(_PAGES, {A.LINKEDIN_URL, A.COMPANY_DOMAIN}), (_COMPANY_PAGES, {A.COMPANY_DOMAIN})])
def test_a_page_is_the_persons_or_the_companys(headings: str, meant: set[Attribute]) -> None:
    for heading in headings.split(", "):
        uses = choose([heading]).uses
        assert {use.attribute for use in uses} == meant, heading
        assert all(use.is_vague for use in uses), heading


_SLIPS = {
    A.FIRST_NAME: "Frist Name",
    A.LAST_NAME: "Lsat Name, Surnme",
    A.FULL_NAME: "Ful Name",
    A.COMPANY_NAME: "Compny, Compnay Name, Organizaton",
    A.COMPANY_DOMAIN: "Company Domian, Websit",
    A.LINKEDIN_URL: "Linkdin, LinkedIn ULR, LinkedIn Profle",
}


@each_row(("meant", "headings"), _SLIPS.items())
def test_a_heading_is_known_with_a_letter_wrong(meant: Attribute, headings: str) -> None:
    for heading in headings.split(", "):
        assert {use.attribute for use in choose([heading]).uses} == {meant}, heading


@each_row("heading", ["List Name", "LinkedIn ID", "Company Size", "Companies", "Wbesiet", "Crompany Namee"])
def test_other_words_are_no_slips(heading: str) -> None:
    assert choose([heading]).uses == ()


def test_a_heading_is_compared_by_its_beginning() -> None:
    assert fold("PRÉNOM ") == fold("Prénom") == "prenom"
    assert fold("x" * 101) == "x" * 100
    assert recognise("Name of the contact") == "contactname"
    assert recognise("Name of the person") == "name"
    assert recognise("Frist Name") == "firstname"
    assert recognise("Frist Name", slips=False) == "fristname"


@pytest.mark.parametrize(
    ("taken", "free"), [((), "note"), (("note",), "note_2"), (("note", "note_2", "note_4"), "note_3")]
)
def test_a_name_that_is_taken_gets_the_first_number_that_is_free(taken: tuple[str, ...], free: str) -> None:
    assert free_name("note", taken) == free


@each_row(
    ("cells", "domain"),
    [
        ([3, {}, 7, "a.example"], "Website"),
        ([3, {}, "rita@a.example", 5], "Email"),
        ([3, {}, 7, "localhost"], "domain"),
        ([3, {}, 7, None], "domain"),
        ([3, "??", 7, {}], "domain"),
    ],
)
def test_a_member_of_another_type_is_left_to_be_named_where_no_other_is_usable(cells: list[Any], domain: str) -> None:
    values, names = RowColumns(choose(("first_name", "domain", "Email", "Website"))).read(cells)
    assert (values["first_name"], names["company_domain"]) == (3, domain)
