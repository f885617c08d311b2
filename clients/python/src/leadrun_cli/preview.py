"""Show how a file would be read and what it may cost, and ask before credits are spent."""

import sys
from collections.abc import Callable, Mapping, Sequence

import click

from leadrun import Leadrun
from leadrun.batches import BatchPreview, Quote, Reading, RowFault
from leadrun.errors import ApiError, ConfigurationError
from leadrun_cli.output import REFUSED, dollars, plain, say

SHOWN = 5
_ABSENT = (404, 405)


def preview_of(client: Leadrun, content: bytes, media: str, query: Mapping[str, str]) -> BatchPreview | None:
    """Ask how a file would be read and what it is expected to come to; None where the leadrun is too old to say."""
    quote = _unless_absent(lambda: client.batches.quote(content, media_type=media, query=query))
    return quote or _unless_absent(lambda: client.batches.preview(content, media_type=media, query=query))


def _unless_absent(ask_for: Callable[[], BatchPreview]) -> BatchPreview | None:
    try:
        return ask_for()
    except ApiError as error:
        if error.status in _ABSENT:
            return None
        raise


def check_limit(preview: BatchPreview | None, most: int | None) -> None:
    """Check that a file may not cost more credits than `most`.

    Raises:
        ConfigurationError: It may, or the leadrun does not say.
    """
    if most is None:
        return
    if preview is None or preview.credits_at_most is None:
        raise ConfigurationError("This leadrun is too old to say what a file may cost; leave out --max-credits.")
    if preview.credits_at_most > most:
        raise ConfigurationError(
            f"The file may cost {preview.credits_at_most} credits, more than the {most} of --max-credits."
        )


def ask(client: Leadrun, preview: BatchPreview | None) -> None:
    """Show a preview, and ask before credits are spent.

    Raises:
        ConfigurationError: Nobody can be asked.
    """
    what = "an unknown number of"
    if preview:
        show(preview)
        what = f"at most {preview.credits_at_most}"
    if not sys.stdin.isatty():
        raise ConfigurationError(f"This would spend {what} credits; say --yes where nobody can be asked.")
    if not click.confirm(f"Spend {what} of {client.credits().balance} credits?", err=True):
        say("Nothing was looked up.")
        sys.exit(REFUSED)


def show(preview: BatchPreview, mode: str = "live") -> None:
    """Print how a file would be read, and what is expected; in mode `test` the sandbox pretends its charges."""
    say(
        f"{preview.total} rows: {preview.accepted} can be looked up, {preview.rejected} rejected, "
        f"{preview.duplicates} duplicates, {preview.unasked} that no provider could be asked for."
    )
    if preview.reading:
        show_reading(preview.reading)
    for row in preview.contacts[:SHOWN]:
        contact = row.get("contact")
        known = filter(None, contact.values()) if isinstance(contact, dict) else ()
        say(f"  row {row.get('row')}: {', '.join(map(str, known))}")
    show_faults((*preview.errors, *preview.unasked_rows))
    for warning in preview.warnings:
        say(f"  note: {warning}")
    if isinstance(preview, Quote) and preview.found and preview.cost_usd and preview.seconds is not None:
        found, usd = preview.found, preview.cost_usd
        charged = "the sandbox pretends to charge" if mode == "test" else "the providers charge"
        say(
            f"Expected: {found.expected:.0f} found ({found.low:.0f} to {found.high:.0f}), {preview.answered} known "
            f"already; {charged} {dollars(usd.expected)} USD ({dollars(usd.low)} to {dollars(usd.high)}); "
            f"about {preview.seconds} s."
        )
    say(f"It costs at most {preview.credits_at_most} credits.")


def show_reading(reading: Reading) -> None:
    """Print the format of a file, and which columns are used."""
    facts = (
        reading.format,
        reading.encoding,
        reading.delimiter and f"divided by {reading.delimiter!r}",
        reading.sheet and f"sheet {reading.sheet}",
        reading.headings_line and f"headings in line {reading.headings_line}",
    )
    say(f"Read as {', '.join(map(str, filter(None, facts)))}.")
    if reading.columns_used:
        say(f"Columns used: {', '.join(f'{plain(one.column)} → {one.fills}' for one in reading.columns_used)}.")
    if reading.columns_ignored:
        say(f"Columns kept but not used: {', '.join(map(plain, reading.columns_ignored))}.")


def show_faults(faults: Sequence[RowFault]) -> None:
    """Print the faults of the first bad rows."""
    for fault in faults[:SHOWN]:
        place = f"row {fault.row}" + (f" (line {fault.line})" if fault.line else "")
        say(f"  {place}: {': '.join(filter(None, (fault.field, fault.message)))}")
    if len(faults) > SHOWN:
        say(f"  and {len(faults) - SHOWN} more")
