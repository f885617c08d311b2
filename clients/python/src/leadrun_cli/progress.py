"""How far a batch is, on one line of the terminal; in logs, a line now and then."""

import shutil
import sys
import time

from leadrun.batches import BatchData
from leadrun_cli.output import dollars

BAR = 24
BETWEEN = " · "
SECONDS_BETWEEN_LINES = 30.0


def line_of(batch: BatchData, seconds: float, done_before: int, width: int = 200) -> str:
    """Write how far a batch is.

    Args:
        batch: The batch.
        seconds: Since the first look at it.
        done_before: Rows that were done at the first look.
        width: Of the terminal, in columns. Where it is too narrow, the bar is left out first, then the last facts.
    """
    total, done = max(1, batch.total), min(batch.completed, batch.total)
    filled = BAR * done // total
    rate = (done - done_before) / seconds if seconds > 0 else 0.0
    left = batch.estimated_seconds if batch.estimated_seconds is not None else (total - done) / rate if rate else None
    facts = [
        f"{done}/{batch.total}",
        f"found {batch.emails_found + batch.phones_found}",
        f"not found {batch.not_found}" if batch.not_found is not None else "",
        f"rejected {batch.rejected}" if batch.rejected else "",
        f"{batch.credits_used} credits",
        # The sandbox pretends its charges.
        f"{dollars(batch.cost_usd)} USD" if batch.cost_usd is not None and batch.mode != "test" else "",
        f"{_duration(left)} left" if left and done < total else "",
        f"{rate:.1f}/s" if rate else "",
    ]
    line = BETWEEN.join(filter(None, facts))
    bar = f"{'█' * filled}{'░' * (BAR - filled)} "
    if len(bar + line) <= width:
        return bar + line
    while len(line) > width and BETWEEN in line:
        line = line.rpartition(BETWEEN)[0]
    return line[:width]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Progress:
    """The line, drawn again each time that a batch was read; it goes away at the end."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._terminal = sys.stderr.isatty()
        self._begun: tuple[float, int] | None = None
        self._said = 0.0

    def show(self, batch: BatchData) -> None:
        """Show a batch."""
        now = time.monotonic()
        if self._begun is None:
            self._begun, self._said = (now, min(batch.completed, batch.total)), now
        begun, before = self._begun
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{line_of(batch, now - begun, before, width)}")
        elif now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            sys.stderr.write(line_of(batch, now - begun, before) + "\n")
        sys.stderr.flush()

    def __enter__(self) -> "Progress":  # noqa: PYI034 - Python 3.10 has no Self
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        if self._terminal and self._begun:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
