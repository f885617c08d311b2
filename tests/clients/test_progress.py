"""How far a list is, on one line of a terminal however narrow."""

from typing import Any

import pytest

from leadrun.batches import BatchData, Interval, Quote
from leadrun_cli.enrich import summary_of
from leadrun_cli.preview import show
from leadrun_cli.progress import line_of

FACTS = "450/1000 · found 300 · not found 140 · rejected 10 · 450 credits · 4.13 USD · 1 min 5 s left · 9.0/s"


def batch(**more: Any) -> BatchData:
    known: dict[str, Any] = {"id": "b", "status": "processing", "total": 1000, "completed": 450, "rejected": 10}
    known |= {"emails_found": 300, "not_found": 140, "credits_used": 450, "cost_usd": 4.126, "estimated_seconds": 65}
    return BatchData(**known | more)


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (200, f"{'█' * 10}{'░' * 14} {FACTS}"),
        (25 + len(FACTS), f"{'█' * 10}{'░' * 14} {FACTS}"),
        (24 + len(FACTS), FACTS),
        (79, "450/1000 · found 300 · not found 140 · rejected 10 · 450 credits · 4.13 USD"),
        (39, "450/1000 · found 300 · not found 140"),
        (5, "450/1"),
    ],
)
def test_a_narrow_terminal_shows_less(width: int, line: str) -> None:
    assert line_of(batch(), 50, 0, width) == line


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"cost_usd": 0.004}, "450 credits · 0.0040 USD · "),
        ({"cost_usd": 1.004}, "450 credits · 1.00 USD · "),
        ({"mode": "live"}, "450 credits · 4.13 USD · "),
        ({"mode": "test"}, "450 credits · 1 min"),
    ],
)
def test_small_charges_are_no_zero_and_pretended_ones_are_not_shown(more: dict[str, Any], shown: str) -> None:
    assert shown in line_of(batch(**more), 50, 0)


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"mode": "live", "cost_usd": 0.004}, "450 credits, 0.0040 USD to providers."),
        ({"mode": "test"}, "450 credits, 4.13 USD made up by the sandbox."),
        ({"cost_usd": None}, "450 credits."),
    ],
)
def test_the_summary_says_who_charged(more: dict[str, Any], shown: str) -> None:
    assert summary_of(batch(**more)).endswith(shown)


@pytest.mark.parametrize(
    ("mode", "shown"), [("live", "the providers charge"), ("test", "the sandbox pretends to charge")]
)
def test_a_quote_says_who_charges(mode: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    few = Interval(expected=0.004, low=0.0, high=1.5)
    show(Quote(total=3, found=few, cost_usd=few, seconds=7), mode)
    assert f"; {shown} 0.0040 USD (0.0000 to 1.50); about 7 s." in capsys.readouterr().err


def test_a_leadrun_that_is_too_old_to_say_shows_no_misses_and_no_cost() -> None:
    assert "450/1000 · found 300 · rejected 10 · 450 credits · 1 min 5 s left" in line_of(
        batch(not_found=None, cost_usd=None), 50, 0
    )
