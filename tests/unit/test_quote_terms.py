"""The budget of a list that is stopped at its quote, and how lists compare with their quotes."""

from decimal import Decimal
from uuid import UUID

import msgspec

from app.dialects.submission import quote_faults
from app.domain.planning.quote import QuotedInterval
from app.domain.planning.quote_terms import (
    QuoteCoverage,
    QuotedJob,
    QuotedOutcome,
    QuoteLimit,
    QuoteTerms,
    calibration,
    stopping_at,
)
from app.domain.runs.lookup_options import LookupOptions

TERMS = QuoteTerms(
    found=QuotedInterval(expected=8.5, low=6, high=10),
    cost_usd=QuotedInterval(expected=1.0, low=0.5, high=1.2345),
    credits=QuotedInterval(expected=8.5, low=6, high=10),
    seconds=60,
)
JOB = QuotedJob(job_id=UUID(int=1), terms=TERMS, limit_usd=Decimal("1.2345"), limit_credits=10)
AS_QUOTED = QuotedOutcome(completed=True, found=8, cost_usd=1.1, credits=8, seconds=30.0)


def test_a_list_is_stopped_at_what_the_client_was_told() -> None:
    assert stopping_at(TERMS) == (Decimal("1.2345"), 10)
    assert JOB.sentence(QuoteLimit.USD) == "the list was stopped at the upper bound of its quote, 1.2345 USD"
    assert JOB.sentence(QuoteLimit.CREDITS).endswith("10 credits")


def test_a_call_has_room_to_the_cent_and_more_where_something_comes_back() -> None:
    full = JOB.spending(Decimal("1.23"))
    assert full.has_room(Decimal("0.0045"))
    assert not full.has_room(Decimal("0.0046"))
    assert full.has_room(Decimal("0.5"), coming_back=Decimal("0.5"))
    assert full.spending(Decimal(-2)).used_usd == 0
    assert msgspec.structs.replace(full, limit_usd=None).has_room(Decimal(99))


def test_lists_count_inside_below_or_above_their_quote() -> None:
    lists = [
        (JOB, AS_QUOTED),
        (JOB, msgspec.structs.replace(AS_QUOTED, found=5, cost_usd=1.2346, seconds=90.0)),
        (JOB, msgspec.structs.replace(AS_QUOTED, completed=False, found=0)),
    ]
    found = calibration(lists)
    assert found.found == QuoteCoverage(lists=2, inside=1, below=1)
    assert found.cost_usd == QuoteCoverage(lists=2, inside=1, above=1)
    assert (found.credits.inside, found.seconds_ratio, found.stopped) == (2, 1.5, 0)
    assert calibration([]).seconds_ratio is None


def test_what_was_stopped_counts_as_above_the_bound_that_stopped_it_alone() -> None:
    stopped = [(msgspec.structs.replace(JOB, reached=limit), AS_QUOTED) for limit in QuoteLimit]
    found = calibration(stopped)
    assert (found.stopped, found.found.lists) == (2, 0)
    assert found.cost_usd == found.credits == QuoteCoverage(lists=1, above=1)


def test_a_list_that_is_to_be_stopped_names_its_quote() -> None:
    (fault,) = quote_faults(LookupOptions(stop_at_quote=True))
    assert (fault.field, fault.message) == ("stop_at_quote", "needs quote_id, which says where to stop")
    quoted = LookupOptions(quote_id=UUID(int=1))
    for one in (LookupOptions(), quoted, msgspec.structs.replace(quoted, stop_at_quote=True)):
        assert quote_faults(one) == []
