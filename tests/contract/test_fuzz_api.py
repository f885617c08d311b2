"""Schemathesis finds no disagreement between the specification and a running stack, in a bounded number of cases."""

from collections.abc import Iterator

import pytest

from tests.contract.fuzz.campaign import OPERATIONS, REFUSING, Outcome, fuzz, quick_stack
from tests.contract.supervised import Up

# The same in every run, and as few as reach every operation. What takes ten minutes is `python -m tests.contract.fuzz`.
EXAMPLES = {"positive": "1", "negative": "2"}
# Against a hang alone: with eight busy processes for each core a test takes 270 s.
PATIENCE = 900.0
pytestmark = pytest.mark.timeout(1000)


@pytest.fixture(scope="module")
def quick() -> Iterator[Up]:
    """A `leadrun up` whose limits nobody reaches."""
    with quick_stack() as up:
        yield up


def fuzzed(up: Up, key: str, mode: str, phases: str) -> Outcome:
    """Fuzz with one kind of data, without a limit of time: how far it comes must not depend on what else runs."""
    bounds = ("--seed", "1", "--max-examples", EXAMPLES[mode])
    outcome, said = fuzz(up, key, *bounds, "--mode", mode, "--phases", phases, patience=PATIENCE)
    assert not outcome.failures, said
    assert outcome.stopped == "completed"
    assert outcome.phases.keys() == set(phases.split(",")), said
    return outcome


def test_what_the_specification_allows_is_accepted_everywhere(quick: Up) -> None:
    outcome = fuzzed(quick, "lm_test", "positive", "examples,fuzzing,stateful")

    assert outcome.reached == {name: ["positive"] for name in OPERATIONS}


def test_what_it_does_not_allow_is_refused_wherever_there_is_a_body_or_query(quick: Up) -> None:
    outcome = fuzzed(quick, "ls_test", "negative", "fuzzing")

    assert {name for name, modes in outcome.reached.items() if "negative" in modes} >= REFUSING
