"""How far a list is, on one line of a terminal however narrow."""

from typing import Any

import pytest

from leadrun.batches import BatchData
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


def test_a_leadrun_that_is_too_old_to_say_shows_no_misses_and_no_cost() -> None:
    assert "450/1000 · found 300 · rejected 10 · 450 credits · 1 min 5 s left" in line_of(
        batch(not_found=None, cost_usd=None), 50, 0
    )
