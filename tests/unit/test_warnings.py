"""Warnings: what is dropped of a contact is named, a contact that the rest suffices for is never refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.leadmodule.request import parse
from app.dialects.leadsonar.request import parse_job, parse_lookup
from app.dialects.tables.row_reader import row_of_object
from app.domain.contacts.member_warning import MAX_SHOWN, MemberWarning, sentences, shown
from app.domain.runs.warnings import MAX_BYTES, MAX_WARNINGS, bounded
from app.domain.vocabulary import EnrichmentType

JANE = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
PAGE = "https://www.linkedin.com/company/acme"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param({"firstName": "Jane", "companyDomain": "localhost"}, ["companyDomain"], id="domain"),
        pytest.param({"companyName": "Acme", "linkedInUrl": PAGE}, ["linkedInUrl"], id="profile"),
        pytest.param(
            {"lastName": "Smith", "companyDomain": "?", "linkedInUrl": PAGE},
            ["companyDomain", "linkedInUrl"],
            id="both",
        ),
        pytest.param({"companyDomain": "acme.example", "linkedInUrl": "x" * 2048}, ["linkedInUrl"], id="long"),
    ],
)
def test_an_unusable_member_is_dropped_with_a_warning_in_the_dialects_words(
    body: dict[str, str], fields: list[str]
) -> None:
    draft, problems = parse(body)
    assert problems == []
    assert [warning.partition(" was ignored: ")[0] for warning in draft.warnings] == fields
    assert all(len(warning) < 300 for warning in draft.warnings)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"companyDomain": "localhost"}, id="domain"),
        pytest.param({"linkedInUrl": PAGE}, id="profile"),
        pytest.param({"companyDomain": "localhost", "linkedInUrl": PAGE, "firstName": " "}, id="both"),
    ],
)
def test_a_contact_of_which_nothing_is_left_is_refused_with_every_reason(body: dict[str, str]) -> None:
    draft, problems = parse(body)
    assert [problem.field for problem in problems] == [name for name in body if name != "firstName"]
    assert draft.warnings == ()


@pytest.mark.parametrize("value", [5, True, [], {}])
def test_a_value_of_another_type_is_still_refused(value: object) -> None:
    assert [problem.field for problem in parse({"firstName": "Jane", "linkedInUrl": value})[1]] == ["linkedInUrl"]


@pytest.mark.parametrize(
    ("more", "accepted"),
    [
        pytest.param({}, False, id="names alone reach no provider"),
        pytest.param({"company_name": "Acme"}, True, id="company"),
        pytest.param({"linkedin_url": "linkedin.com/in/janesmith"}, True, id="profile"),
        pytest.param({"linkedin_url": PAGE}, False, id="no profile either"),
    ],
)
def test_a_member_that_the_dialect_requires_is_dropped_where_the_company_is_known_otherwise(
    more: dict[str, str], *, accepted: bool
) -> None:
    members = JANE | {"domain": "localhost"} | more
    draft, problems = parse_lookup(members, EnrichmentType.EMAIL)
    assert [problem.field for problem in problems] == ["domain"] * (not accepted)
    assert not accepted or draft.warnings[0].startswith("domain was ignored: 'localhost': ")
    _, problems = parse_job({"contacts": [JANE, members]})
    assert [problem.field for problem in problems] == ["contacts[1].domain"] * (not accepted)


def test_a_job_names_the_place_of_each_dropped_member_and_each_contact_its_own() -> None:
    draft, problems = parse_job({"contacts": [JANE, JANE | {"linkedin_url": PAGE}], "colour": 1})
    assert problems == []
    reason = f"linkedin_url was ignored: {shown(PAGE)}: it is a company page; copy "
    assert draft.warnings[0] == "unknown member 'colour' was ignored"
    assert draft.warnings[1].startswith(f"contacts[1].{reason}")
    assert draft.of_each[0] == ()
    assert draft.of_each[1][0].startswith(reason)


def test_a_row_names_its_own_column() -> None:
    row = row_of_object({"First Name": "Jane", "LinkedIn URL": PAGE})
    assert row.contact
    assert [(one.field, one.dropped) for one in row.warnings] == [("LinkedIn URL", True)]
    long = row_of_object({"First Name": "Jane", "company name": "x" * 201, "domain": "a" * 3000})
    assert long.contact
    assert [one.field for one in long.warnings] == ["company name", "domain"]
    # A slug that was cut off would be a stranger's.
    cut = row_of_object({"First Name": "Jane", "LinkedIn URL": "linkedin.com/in/jane-smith".rjust(2060, "/")})
    assert cut.contact
    assert cut.contact.linkedin_url is None


def test_a_member_that_is_read_in_part_is_not_said_to_be_ignored() -> None:
    said = MemberWarning(field="domain", message="the first of two", dropped=False)
    assert sentences([said], where="contacts[0].") == ("contacts[0].domain: the first of two",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("a\0b\ud800", r"'a\x00b\ud800'", id="what cannot be stored"),
        pytest.param("x" * MAX_SHOWN, repr("x" * MAX_SHOWN), id="longest"),
        pytest.param("x" * (MAX_SHOWN + 1), repr("x" * (MAX_SHOWN - 1) + "…"), id="longer"),
    ],
)
def test_a_shown_value_is_short_and_printable(value: str, text: str) -> None:
    assert shown(value) == text


@given(st.lists(st.text(max_size=2000), max_size=120), st.integers(0, 10**6))
def test_warnings_are_bounded_and_the_last_one_counts_the_rest(said: list[str], more: int) -> None:
    kept = bounded(said, more=more)
    assert len(kept) <= MAX_WARNINGS
    assert sum(len(one.encode()) for one in kept) <= MAX_BYTES
    if not more and len(said) <= MAX_WARNINGS and sum(len(one.encode()) for one in said) < MAX_BYTES - 40:
        assert kept == tuple(said)
    elif len(kept) < len(said) + more:
        left = len(said) + more - len(kept) + 1
        assert kept[-1] == f"and {left} more warnings"
        assert kept[:-1] == tuple(said[: len(kept) - 1])


def test_exactly_as_many_warnings_as_are_kept_are_all_kept() -> None:
    said: list[Any] = ["x"] * MAX_WARNINGS
    assert bounded(said) == tuple(said)
    assert bounded([*said, "y"])[-1] == "and 2 more warnings"
    assert bounded([]) == ()


def test_long_warnings_are_kept_up_to_their_bytes() -> None:
    said = ["é" * 500] * 40
    kept = bounded(said)
    assert kept == (*said[:16], "and 24 more warnings")
    assert sum(len(one.encode()) for one in kept) <= MAX_BYTES
