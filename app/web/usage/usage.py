"""Show the usage of an account by day, provider or key, and write it as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import msgspec

from app.domain.planning.quote_terms import QuoteCalibration, calibration
from app.domain.runs.csv_safety import safe_cell
from app.store.figures.usage import UsageGroup, UsageRow, with_empty_days
from app.store.runs import quotes
from app.web.frame.bars import Amount, lay_out
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer

DAYS = (7, 30, 90, 365)
DEFAULT_DAYS, MOST_LISTS = 30, 1000
_COLUMNS = ("runs", "found", "not_found", "errors", "cached", "credits_used", "cost_usd")


class Period(msgspec.Struct, frozen=True):
    """The last days, up to now, and how they are grouped."""

    by: UsageGroup
    days: int
    since: datetime
    until: datetime


class Totals(msgspec.Struct, frozen=True):
    """The sums of a period; shares are None where there is nothing to divide by."""

    runs: int
    found: int
    answered: int
    credits: int
    usd: float

    @property
    def match_rate(self) -> float | None:
        """The share of the answered runs that found something."""
        return self.found / self.answered if self.answered else None

    @property
    def usd_per_found(self) -> float | None:
        """The vendors' charges for each run that found something."""
        return self.usd / self.found if self.found else None


def _period(viewer: Viewer) -> Period:
    """Read the filters; a value that is none of the offered ones counts as the default."""
    by = viewer.query("by", UsageGroup.DAY.value)
    days = viewer.query("days")
    chosen = int(days) if days in {str(one) for one in DAYS} else DEFAULT_DAYS
    now = viewer.services.now()
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(
        by=UsageGroup(by) if by in set(UsageGroup) else UsageGroup.DAY,
        days=chosen,
        since=midnight - timedelta(days=chosen - 1),
        until=now,
    )


async def _rows(viewer: Viewer, period: Period, by: UsageGroup) -> list[UsageRow]:
    rows = await viewer.dependencies.usage(viewer.owner, since=period.since, until=period.until, by=by)
    return with_empty_days(rows, period.since, period.until) if by is UsageGroup.DAY else rows


def _totals(rows: list[UsageRow]) -> Totals:
    return Totals(
        runs=sum(row.runs for row in rows),
        found=sum(row.found for row in rows),
        answered=sum(row.found + row.not_found for row in rows),
        credits=sum(row.credits_used or 0 for row in rows),
        usd=sum(row.cost_usd for row in rows),
    )


async def _quotes(viewer: Viewer, period: Period) -> QuoteCalibration:
    async with viewer.services.read() as connection:
        return calibration(await quotes.outcomes(connection, viewer.owner, period.since, MOST_LISTS))


@page("GET", "/app/usage")
async def show_usage(viewer: Viewer) -> Answer:
    """Show the runs, results, credits and the vendors' charges of a period."""
    period = _period(viewer)
    days = await _rows(viewer, period, UsageGroup.DAY)
    rows = days[::-1] if period.by is UsageGroup.DAY else await _rows(viewer, period, period.by)
    choices = [(one, f"the last {one} days") for one in DAYS]
    bars = lay_out(Amount(row.runs, row.found, f"{row.group}: {row.found} of {row.runs} found") for row in days)
    return viewer.render(
        "usage/usage.html",
        period=period,
        rows=rows,
        totals=_totals(days),
        bars=bars,
        choices=choices,
        quotes=await _quotes(viewer, period),
        tab="usage",
    )


@page("GET", "/app/usage.csv")
async def download_usage(viewer: Viewer) -> Answer:
    """Write the table of a period as a file that no spreadsheet runs."""
    period = _period(viewer)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([period.by.value, *_COLUMNS])
    for row in await _rows(viewer, period, period.by):
        cells = [getattr(row, column) for column in _COLUMNS]
        writer.writerow([safe_cell(row.label or row.group), *("" if cell is None else cell for cell in cells)])
    name = f"usage-{period.by.value}-{period.since:%Y-%m-%d}-{period.until:%Y-%m-%d}.csv"
    return viewer.download(text.getvalue().encode(), name=name, media_type="text/csv; charset=utf-8")
