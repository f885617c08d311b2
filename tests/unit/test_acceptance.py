"""Which grades end the cascade of a field, which are kept meanwhile, and the figures where a vendor gives none."""

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import (
    Answer,
    Candidate,
    Deliverability,
    Failed,
    Found,
    Miss,
    Rejected,
    Trouble,
    acceptance_of,
    is_hit,
    is_kept,
    is_risky,
    judge,
)
from tests.rows import each_row

VALID, RISKY, UNKNOWN, INVALID = (Deliverability(name) for name in ("valid", "risky", "unknown", "invalid"))
NO_VALUES: tuple[Answer, ...] = (
    Miss(),
    Rejected(reason="a role address"),
    Failed(trouble=Trouble.TIMEOUT, reason="made up"),
)
JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")


def graded(grade: Deliverability) -> Found:
    return Found(field=Field.EMAIL, value="jane@acme.example", status=grade, confidence=90, score=90)


@each_row(
    ("field", "takes_risky", "stops", "keeps"),
    [
        (Field.EMAIL, False, {VALID}, [RISKY, UNKNOWN]),
        (Field.EMAIL, True, {VALID, RISKY}, [UNKNOWN]),
        (Field.PHONE, False, {VALID, RISKY, UNKNOWN}, []),
        (Field.PHONE, True, {VALID, RISKY, UNKNOWN}, []),
        (Field.VERIFY, False, {VALID, RISKY, INVALID}, [UNKNOWN]),
        (Field.VERIFY, True, {VALID, RISKY, INVALID}, [UNKNOWN]),
    ],
)
def test_a_grade_ends_the_cascade_or_is_kept_or_counts_for_nothing(
    field: Field, stops: set[Deliverability], keeps: list[Deliverability], *, takes_risky: bool
) -> None:
    policy = acceptance_of(field, takes_risky=takes_risky)
    assert {grade for grade in Deliverability if is_hit(policy, graded(grade))} == stops
    assert {grade for grade in Deliverability if is_kept(policy, graded(grade))} == set(keeps)
    assert list(policy.keeps) == keeps
    assert not any(is_hit(policy, answer) or is_kept(policy, answer) for answer in NO_VALUES)


def test_only_a_value_of_that_grade_is_risky() -> None:
    assert {grade for grade in Deliverability if is_risky(graded(grade))} == {RISKY}
    assert not any(map(is_risky, NO_VALUES))


@each_row(
    ("grade", "given", "confidence", "score"),
    [
        (VALID, None, 95, 100),
        (RISKY, None, 60, 50),
        (UNKNOWN, None, 50, 30),
        (INVALID, None, 0, 0),
        (VALID, 0, 0, 100),
        (VALID, 120, 100, 100),
        (VALID, -1, 0, 100),
    ],
)
def test_a_grade_without_a_figure_gets_one(
    grade: Deliverability, given: int | None, confidence: int, score: int
) -> None:
    answer = judge(Field.PHONE, Candidate(value="+33612345678", status=grade, confidence=given), JANE)
    assert isinstance(answer, Found)
    assert (answer.confidence, answer.score) == (confidence, score)


@pytest.mark.parametrize(
    ("elsewhere", "grade", "hit"), [(True, VALID, True), (True, UNKNOWN, False), (False, VALID, False)]
)
def test_an_address_at_another_domain_passes_where_that_is_allowed_and_the_vendor_is_sure(
    grade: Deliverability, *, elsewhere: bool, hit: bool
) -> None:
    candidate = Candidate(value="jane.smith@globex.example", status=grade)
    assert isinstance(judge(Field.EMAIL, candidate, JANE, elsewhere=elsewhere), Found) is hit
