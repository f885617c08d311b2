"""Request errors: the sentence that a client reads, and the facts that become members and headers."""

import pytest

from app.domain.errors import (
    AccountLimitError,
    AlreadyEndedError,
    EndpointClosedError,
    FieldError,
    IdempotencyInFlightError,
    IdempotencyMismatchError,
    InvalidInputError,
    NotEnoughCreditsError,
    PayloadExpungedError,
    RateLimitedError,
    RecoveryTooOldError,
    RequestError,
    TooManyEndpointsError,
    UnauthenticatedError,
    UnavailableError,
    UnknownIdError,
)
from tests.rows import each_row


@each_row(
    ("error", "part"),
    [
        pytest.param(UnauthenticatedError(), "Invalid or missing API key", id="unauthenticated"),
        pytest.param(NotEnoughCreditsError(required=6, available=5), "needs 6, the balance is 5", id="credits"),
        pytest.param(UnknownIdError("run"), "No run with this id", id="unknown-id"),
        pytest.param(AlreadyEndedError("completed"), "The run is already completed", id="ended-run"),
        pytest.param(AlreadyEndedError("cancelled", what="batch"), "a batch that has ended", id="ended-batch"),
        pytest.param(TooManyEndpointsError(20), "may have 20 webhook endpoints", id="endpoints"),
        pytest.param(EndpointClosedError("It is deleted."), "It is deleted.", id="closed-endpoint"),
        pytest.param(PayloadExpungedError(), "read the run instead", id="expunged"),
        pytest.param(RecoveryTooOldError(14), "the last 14 days", id="recovery"),
        pytest.param(IdempotencyInFlightError(), "repeat it in a second", id="in-flight"),
        pytest.param(IdempotencyMismatchError(), "use a new key", id="mismatch"),
        pytest.param(
            RateLimitedError(limit=60, window=60, retry_after=7, what="submissions"),
            "60 submissions in any 60 seconds. Retry after 7 seconds.",
            id="rate",
        ),
        pytest.param(UnavailableError("database", retry_after=3), "database cannot be reached", id="unavailable"),
    ],
)
def test_an_error_says_in_a_sentence_why_and_what_to_do(error: RequestError, part: str) -> None:
    assert part in error.message == str(error)


def test_an_invalid_input_names_its_first_fault_and_keeps_all() -> None:
    faults = [FieldError(field="companyDomain", message="is no domain"), FieldError(field="", message="is no object")]
    assert InvalidInputError(faults).message == "companyDomain: is no domain"
    assert InvalidInputError(faults[1:]).message == "is no object"
    assert InvalidInputError(faults, "Two members are wrong.").message == "Two members are wrong."
    assert InvalidInputError(faults).problems == tuple(faults)


def test_the_facts_of_an_error_are_attributes() -> None:
    credits_error = NotEnoughCreditsError(required=6, available=5)
    assert (credits_error.required, credits_error.available) == (6, 5)
    rate = RateLimitedError(limit=60, window=60, retry_after=7, what="reads")
    assert (rate.limit, rate.window, rate.retry_after) == (60, 60, 7)
    assert (UnavailableError("redis").dependency, UnavailableError("redis").retry_after) == ("redis", 2)
    assert (UnknownIdError("job").what, AlreadyEndedError("failed").status) == ("job", "failed")
    assert (TooManyEndpointsError(20).most, RecoveryTooOldError(14).days) == (20, 14)


def test_a_limit_of_the_account_has_a_sentence_of_its_own_and_the_facts_of_all_limits() -> None:
    error = AccountLimitError("Wait for an upload to end.", limit=3, window=60, retry_after=7)
    assert str(error) == error.message == "Wait for an upload to end."
    assert (error.message, error.code) == ("Wait for an upload to end.", "account-limit")
    assert (error.limit, error.window, error.retry_after) == (3, 60, 7)
