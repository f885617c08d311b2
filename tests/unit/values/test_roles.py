"""Addresses of functions against the addresses of people, by literal lists."""

from app.domain.contacts.role_address import QUALIFIERS, ROLES, is_role
from tests.rows import each_row
from tests.unit.values.roles import MORE_ROLES, OWN_ADDRESSES, ROLE_ADDRESSES

RITA = ["Rita", "Case"]


@each_row("local", ROLE_ADDRESSES.split())
def test_a_function_is_no_person_in_any_language(local: str) -> None:
    assert is_role(local, RITA)


def test_more_functions_and_no_more_people() -> None:
    assert [local for local in MORE_ROLES.split() if not is_role(local, RITA)] == []
    people = [("jobs", "Steve Jobs"), ("r.parts", "Rob Parts"), ("stage", "Ann Stage"), ("infosino", "Leo Infosino")]
    assert [local for local, name in people if is_role(local, [name])] == []


@each_row("line", OWN_ADDRESSES.strip().split("\n"))
def test_a_name_that_looks_like_a_function_is_a_person(line: str) -> None:
    local, _, name = line.partition("|")
    assert not is_role(local, [name])
    assert not is_role(local, name.split())


@each_row("local", ["info", "sales.uk", "ukteam", "infouk", "no-reply", "büro", "sales2", "itsupport"])
def test_a_function_is_one_where_no_name_is_known(local: str) -> None:
    assert is_role(local, [])


# Initials of this person or of no function, two letters and three letters, which may be part of a name; no word.
@each_row("local", ["h.c", "r.c", "x.hr", "hruk", "nocuk", "maildel", "", "123", "inforita"])
def test_a_short_word_is_no_function_by_itself(local: str) -> None:
    assert not is_role(local, RITA)


# Initials that are not hers, a word that is not hers, short words next to qualifiers.
@each_row("local", ["h.r", "x.info", "uk.hr", "hr.uk", "noc"])
def test_a_short_word_is_a_function_in_company(local: str) -> None:
    assert is_role(local, RITA)


def test_a_short_word_of_a_name_excuses_no_function() -> None:
    assert is_role("deinfo", ["De", "Case"])
    assert is_role("o.info", ["Rita O Case"])


def test_the_lists_are_words_in_lower_case_without_accents() -> None:
    for words in (ROLES, QUALIFIERS):
        assert all(word.isascii() and word.isalpha() and word == word.lower() for word in words)
