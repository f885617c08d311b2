"""Fingerprints: two spellings of one person are one contact, two people are two."""

import itertools
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.contact import Contact, RawContact, normalise
from app.domain.contacts.fingerprint import FINGERPRINT_VERSION, fingerprint, fold, fold_name, fold_person
from app.domain.contacts.text import normal_form
from tests.rows import each_row
from tests.unit.contacts.variants import pairs

NAMES = {name: name for name in RawContact.__struct_fields__}


def print_of(**raw: str | None) -> bytes:
    contact, _, problems = normalise(RawContact(**{"company_domain": "acme.example", **raw}), NAMES)
    assert problems == []
    return fingerprint(contact)


def test_the_version_is_that_of_the_rules() -> None:
    assert FINGERPRINT_VERSION == "3"
    # With another digest, every contact of the cache would be asked for again: that needs another version.
    assert (
        fingerprint(Contact(first_name="Rita", last_name="Moss", company_domain="acme.example")).hex()[:16]
        == "112ea4c4142b8cbd"
    )
    assert fingerprint(Contact(last_name="Moss", company_domain="acme.example")).hex()[:16] == "048cae0be2525123"


@each_row("sign", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u207b\u02d7\u2043\u058a\u05be\u2e17\ufe58\ufe63\uff0d")
def test_hyphens_of_every_kind_are_one(sign: str) -> None:
    assert fold(f"Anna {sign}Lena") == "anna-lena"


SPELLINGS: list[list[dict[str, str]]] = [
    [{"first_name": "Niamh", "last_name": f"O{sign}Brian"} for sign in "'\u2019\u02bc\u2018`\u00b4\u02bb\u2032\uff07"],
    [{"first_name": "Rita", "last_name": f"Moss{sign}Kess"} for sign in "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"],
    [
        {"first_name": "Anna", "full_name": text}
        for text in ("Anna Smith-Jones", "Anna Smith - Jones", "Smith-Jones, Anna")
    ],
    [
        {"first_name": "Rita", "last_name": f"Kess{sign}ler"}
        for sign in ("", "\u00ad", "\u200b", "\u200d", "\ufeff", "\u2060")
    ],
    [{"first_name": "José", "last_name": "Garza"}, {"first_name": "Jose\u0301", "last_name": "GARZA"}],
    [{"first_name": "M\u00aa José", "last_name": "Garza"}, {"full_name": "m\u00aa josé garza"}],
    [{"first_name": "Rita", "last_name": text} for text in ("Straßer", "STRASSER", "STRA\u1e9eER", "Strasser")],
    [{"first_name": text, "last_name": "Y\u0131lmaz"} for text in ("\u0130brahim", "ibrahim", "IBRAHIM")]
    + [{"first_name": "\u0130BRAH\u0130M", "last_name": "YILMAZ"}],
    [{"full_name": text} for text in ("山田 太郎", "山田太郎", "山田\u3000太郎", "山田 太郎 様")]
    + [{"first_name": "太郎", "last_name": "山田"}],
    [{"full_name": text} for text in ("\uff94\uff8f\uff80\uff9e タロウ", "ヤマダ タロウ")],
    [
        {"full_name": text}
        for text in (
            "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627 \u0645\u062d\u0645\u062f\u06cc",
            "\u0639\u0644\u06cc\u0631\u0636\u0627 \u0645\u062d\u0640\u0645\u062f\u06cc",
        )
    ],
    [
        {"full_name": text}
        for text in (
            "Rita Moss",
            "Moss, Rita",
            "Dr. Rita Moss, MBA",
            "RITA MOSS",
            "rita moss",
            "Rita (Ree) Moss",
            'Rita "Ree" Moss',
            "Rita Moss (she/her)",
            "\U0001f680 Rita Moss",
            "Rita Moss | Hiring",
            "Rita\u00a0Moss",
            "\uff32\uff49\uff54\uff41 Moss",
            "Rita Moss N/A",
            "Rita Moss.",
        )
    ]
    + [{"first_name": "Rita", "last_name": "Moss"}, {"first_name": "Dr. Rita", "last_name": "Moss, PhD"}]
    + [
        {"first_name": "Rita", "last_name": "Moss", "full_name": "Moss, Rita (she/her)"},
        {"first_name": "Rita", "full_name": "Rita Moss"},
    ]
    + [
        {"first_name": "Rita", "last_name": "Moss", "full_name": "N/A"},
        {"last_name": "Moss", "full_name": "Rita Moss"},
    ],
    [{"full_name": text} for text in ("J. R. Stone", "J.R. Stone", "J R Stone")],
    [{"full_name": text} for text in ("John Smith Jr.", "John Smith, Jr", "Smith Jr., John", "JOHN SMITH JR")]
    + [{"first_name": "John", "last_name": "Smith Jr."}],
    [
        {"last_name": "Moss", "company_name": text}
        for text in ("Borealis Freight\u2122", "borealis freight", "Borealis\u00a0Freight", "Borealis Freight\u00ae")
    ],
    [{"last_name": "Moss", "company_name": text} for text in ("m\u00b2 Architekten", "M2 ARCHITEKTEN")],
    [{"last_name": "Moss", "company_name": text} for text in ("Studio \u21169", "studio no9")],
    [{"first_name": "Rita", "last_name": text} for text in ("N/A", "null", "-", ".", "", "#REF!")],
    [{"first_name": "Rita K.", "last_name": "Stone"}, {"full_name": "Rita K. Stone"}, {"full_name": "Stone, Rita K"}],
    [
        {"last_name": "Moss", "company_name": text}
        for text in ("Acme, Inc.", "Acme Inc", "ACME INC.", "Acme Inc.,", '"Acme" Inc.', "\u201cAcme\u201d Inc")
    ],
    [{"first_name": "Rita", "last_name": text} for text in ("M.", "M", "m.")],
]


@each_row(("one", "other"), [(kind[0], other) for kind in SPELLINGS for other in kind[1:]])
def test_two_spellings_are_one_contact(one: dict[str, str], other: dict[str, str]) -> None:
    assert print_of(**one) == print_of(**other)


@each_row(("one", "other"), pairs("one_person"))
def test_accents_hyphens_and_order_do_not_make_two_contacts(one: str, other: str) -> None:
    assert print_of(full_name=one) == print_of(full_name=other)


@each_row(("one", "other"), pairs("two_people"))
def test_letters_that_tell_people_apart(one: str, other: str) -> None:
    assert print_of(full_name=one) != print_of(full_name=other)


@each_row(("one", "other"), pairs("one_company"))
def test_a_company_with_and_without_its_legal_form(one: str, other: str) -> None:
    assert print_of(last_name="Moss", company_name=one) == print_of(last_name="Moss", company_name=other)


@pytest.mark.parametrize(("one", "other"), pairs("two_companies"))
def test_two_companies(one: str, other: str) -> None:
    assert print_of(last_name="Moss", company_name=one) != print_of(last_name="Moss", company_name=other)


@pytest.mark.parametrize(
    "host", ["mail.acme.example", "https://careers.acme.example/x", "eu.acme.example", "rita@de.acme.example"]
)
def test_a_host_of_the_company_is_the_company(host: str) -> None:
    assert print_of(last_name="Moss", company_domain=host) == print_of(last_name="Moss")


@pytest.mark.parametrize("host", ["cs.acme.ac.uk", "bakery.acme.ac.uk", "it.acme.edu"])
def test_departments_of_universities_are_not_one(host: str) -> None:
    university = host.partition(".")[2]
    assert print_of(last_name="Moss", company_domain=host) != print_of(last_name="Moss", company_domain=university)


def test_different_people_are_different_contacts() -> None:
    prints = [print_of(**kind[0]) for kind in SPELLINGS]
    assert len(set(prints)) == len(prints)


@each_row(
    ("one", "other"),
    [
        pytest.param({"full_name": "Jane Alvarado"}, {"full_name": "Jane Boylan"}, id="last names"),
        pytest.param({"full_name": "Hans Müller"}, {"full_name": "Hans Muller"}, id="an accent"),
        pytest.param({"full_name": "Hans Müller"}, {"full_name": "Hans Mueller"}, id="another spelling"),
        pytest.param({"full_name": "John Smith Jr."}, {"full_name": "John Smith Sr."}, id="father and son"),
        pytest.param({"full_name": "John Smith Jr."}, {"full_name": "John Smith"}, id="junior"),
        pytest.param({"full_name": "John Smith II"}, {"full_name": "John Smith III"}, id="generations"),
        pytest.param({"full_name": "Jane Marie Stone"}, {"full_name": "Jane Ann Stone"}, id="middle names"),
        pytest.param({"full_name": "Jan van Berg"}, {"full_name": "Jan Berg"}, id="particle"),
        pytest.param({"first_name": "Moss"}, {"last_name": "Moss"}, id="first or last name"),
        pytest.param({"last_name": "Moss"}, {"first_name": "Rita", "last_name": "Moss"}, id="less known"),
        pytest.param({"full_name": "王明"}, {"full_name": "李明"}, id="family names"),
        pytest.param({"full_name": "Jack Ma"}, {"full_name": "Jack"}, id="Ma is a name"),
        pytest.param(
            {"first_name": "Jane", "full_name": "Jane Boylan"},
            {"first_name": "Jane", "full_name": "Jane Castle"},
            id="the whole name decides",
        ),
        pytest.param(
            {"last_name": "Moss", "company_name": "Acme"}, {"last_name": "Moss", "company_name": "Acne"}, id="companies"
        ),
    ],
)
def test_two_people_are_two_contacts(one: dict[str, str], other: dict[str, str]) -> None:
    assert print_of(**one) != print_of(**other)


ALPHABET = "abcdefghijklmnopqrstuvwxyzäéøß\u0131łšč\u03b1\u03c2\u03c3\u0436\u044f"
WORDS = st.text(ALPHABET, min_size=3, max_size=8)
INVISIBLE = st.sampled_from(["", "\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e"])
CASES = st.sampled_from([str.lower, str.upper, str.title, str])
FORMS = st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])


SPELLING = st.tuples(st.lists(INVISIBLE, min_size=3, max_size=3), CASES, FORMS, st.sampled_from("'\u2019\u02bc`"))


@given(WORDS, WORDS, SPELLING)
def test_any_spelling_of_a_name_folds_to_the_same(
    first: str, last: str, spelling: tuple[list[str], Callable[[str], str], Literal["NFC", "NFD", "NFKC", "NFKD"], str]
) -> None:
    unseen, case, form, apostrophe = spelling
    plain = f"{first} o'{last}"
    spelt = f"{unseen[0]}{first}{unseen[1]} o{apostrophe}{last[0]}{unseen[2]}{last[1:]}"
    assert fold_name(normal_form(form, case(spelt))) == fold_name(case(plain))


@given(WORDS, WORDS)
def test_accents_that_keyboards_lack_make_no_difference(first: str, last: str) -> None:
    accents = str.maketrans("aeioucnsz", "áéíóúçñšž")
    assert fold_person(f"{first}-{last}".translate(accents)) == fold_person(f"{first} {last}")


@given(st.text(max_size=30))
def test_folding_a_person_ends(text: str) -> None:
    assert fold_person(fold_person(text)) == fold_person(text)


@given(st.text(max_size=30))
def test_folding_ends(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=2, max_size=5, unique=True))
def test_people_of_different_names_have_different_fingerprints(people: list[tuple[str, str]]) -> None:
    folded = {(fold(first), fold(last)) for first, last in people}
    prints = {fingerprint(Contact(first_name=first, last_name=last)) for first, last in people}
    assert len(prints) == len(folded)


def test_no_two_places_of_a_fingerprint_run_together() -> None:
    parts = ("first_name", "company_domain", "company_name", "linkedin_url")
    prints = {fingerprint(Contact(**{part: "acme.example"})) for part in parts}
    assert len(prints) == len(parts)
    assert all(len(one) == 32 for one in itertools.chain(prints))


def test_the_address_to_verify_is_part_of_the_contact() -> None:
    prints = {fingerprint(Contact(email=email)) for email in (None, "j@acme.example", "k@acme.example")}
    assert len(prints) == 3
