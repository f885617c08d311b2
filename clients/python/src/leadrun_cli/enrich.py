"""`leadrun enrich`: a file of contacts goes up as a batch, and comes back with what was found."""

import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from leadrun import Batch, Leadrun
from leadrun.batches import BatchData
from leadrun.errors import ConfigurationError, LeadrunError
from leadrun_cli import profiles
from leadrun_cli.account import mode_of
from leadrun_cli.files import STANDARD, read, target_of
from leadrun_cli.output import FAILED, INTERRUPTED, dollars, fails, json_option, print_json, say
from leadrun_cli.preview import ask, check_limit, preview_of, show, show_faults, show_reading
from leadrun_cli.profiles import profile_option
from leadrun_cli.progress import Progress

LATEST = "latest"


@click.command("enrich")
@click.argument("file", required=False, metavar="FILE")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to write: .csv, .xlsx, .ndjson or .json; - for CSV on standard output.",
)
@click.option("--fields", help="email (default), phone or email,phone.")
@click.option("--dry-run", is_flag=True, help="Show how the file is read and what it may cost; nothing is looked up.")
@click.option("--yes", is_flag=True, help="Do not ask before credits are spent.")
@click.option("--max-credits", type=click.IntRange(0), help="Refuse what may cost more credits in all.")
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0, min_open=True),
    help="US dollars that the providers may charge for each contact.",
)
@click.option("--providers", metavar="NAMES", help="Only these, in this order: hunter,prospeo.")
@click.option(
    "--waterfall", metavar="NAME", help="The rules that order the providers: cheapest, fastest, one of yours."
)
@click.option("--refresh", is_flag=True, help="Look up again although the cache has an answer.")
@click.option("--strict", is_flag=True, help="Refuse all where a single row is bad.")
@click.option(
    "--set",
    "more",
    multiple=True,
    metavar="NAME=VALUE",
    help="A further option of the upload, as docs/batches.md names it.",
)
@click.option(
    "--resume",
    is_flag=False,
    flag_value=LATEST,
    metavar="[BATCH]",
    help="Come back to a batch; to the latest one without an id.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output file.")
@json_option
@profile_option
@fails
def enrich_command(
    *,
    file: str | None,
    output: str | None,
    fields: str | None,
    max_credits: int | None,
    max_cost: float | None,
    providers: str | None,
    waterfall: str | None,
    more: tuple[str, ...],
    resume: str | None,
    dry_run: bool,
    yes: bool,
    refresh: bool,
    strict: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Look up a FILE of contacts (CSV, TSV, xlsx, NDJSON, JSON, or - for standard input).

    The output has your own columns and what was found, in your order. Ctrl-C leaves the batch running; `leadrun enrich
    --resume` comes back to it.
    """
    if (file is None) == (resume is None):
        raise click.UsageError("Name a FILE, or --resume a batch.")
    target = target_of(file, output, overwrite=overwrite, needed=not dry_run)
    url, key, _ = profiles.credentials()
    with Leadrun(key, url) as client:
        asks = mode_of(key) == "live" and not yes
        if resume is not None:
            batch = _found(client, resume)
        else:
            query = _query(more, fields=fields, providers=providers, waterfall=waterfall, max_cost_usd=max_cost)
            query |= {name: "true" for name, on in (("force_refresh", refresh), ("strict", strict)) if on}
            content, media = read(file or "")
            preview = preview_of(client, content, media, query) if dry_run or asks or max_credits is not None else None
            check_limit(preview, max_credits)
            if dry_run:
                if preview is None:
                    raise ConfigurationError("This leadrun is too old to show how it would read a file.")
                print_json(preview.raw) if as_json else show(preview, mode_of(key))
                return
            if asks:
                ask(client, preview)
            batch = _uploaded(client, content, media, query)
        _finish(batch, target, report=resume is None, reading=not asks, as_json=as_json)


def _uploaded(client: Leadrun, content: bytes, media: str, query: Mapping[str, str]) -> Batch:
    try:
        return client.batches.upload(content, media_type=media, query=query)
    except KeyboardInterrupt:
        say("It is not known whether the file was accepted; `leadrun enrich --resume` comes back to the latest batch.")
        sys.exit(INTERRUPTED)


def _finish(batch: Batch, target: Path | None, *, report: bool, reading: bool, as_json: bool) -> None:
    """Wait for the end and write the results; Ctrl-C leaves the batch running."""
    where = str(target) if target else STANDARD
    try:
        if report:
            _report(batch, reading=reading)
        with Progress() as progress:
            done = batch.wait(progress.show)
        if target:
            done.download(target)
        else:
            _print(done)
    except BrokenPipeError:
        raise
    except (KeyboardInterrupt, LeadrunError, OSError) as error:
        say(f"The batch is at the server. Come back with: leadrun enrich --resume {batch.id} -o {shlex.quote(where)}")
        if not isinstance(error, KeyboardInterrupt):
            raise
        sys.exit(INTERRUPTED)
    say(f"{summary_of(done)} Written to {where}." if target else summary_of(done))
    if as_json and target:
        print_json(done.raw)
    sys.exit(0 if done.status == "completed" else FAILED)


def summary_of(done: BatchData) -> str:
    """Write what a batch came to; in mode `test` the sandbox pretends its charges."""
    found = f"{done.emails_found} e-mail addresses, {done.phones_found} phone numbers"
    missed = f", {done.not_found} not found" if done.not_found is not None else ""
    payee = "made up by the sandbox" if done.mode == "test" else "to providers"
    usd = f", {dollars(done.cost_usd)} USD {payee}" if done.cost_usd is not None else ""
    cost = f"{done.credits_used} credits{usd}"
    return f"{done.status}: {done.total} rows, {found}{missed}, {done.rejected} rejected, {cost}."


def _query(more: tuple[str, ...], **named: object) -> dict[str, str]:
    query = {name: str(value) for name, value in named.items() if value is not None}
    for one in more:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise ConfigurationError(f"--set wants NAME=VALUE, not {one!r}.")
        query[name] = value
    return query


def _found(client: Leadrun, resume: str) -> Batch:
    if resume != LATEST:
        return client.batches.get(resume)
    latest = next(client.batches.list(page_size=1), None)
    if latest is None:
        raise ConfigurationError("There is no batch to come back to.")
    return latest


def _report(batch: Batch, *, reading: bool) -> None:
    """Say what was accepted, how it was read, and name the first bad rows."""
    say(f"Batch {batch.id}: {batch.total} rows, {batch.rejected} rejected, {batch.credits_reserved} credits reserved.")
    if reading and batch.reading:
        show_reading(batch.reading)
    show_faults(batch.errors)
    for warning in batch.warnings:
        say(f"  note: {warning}")


def _print(done: Batch) -> None:
    """Write the results to standard output, once they are whole."""
    with tempfile.TemporaryDirectory() as folder:
        whole = done.download(Path(folder) / "results.csv")
        with whole.open("rb") as results:
            shutil.copyfileobj(results, sys.stdout.buffer)
    sys.stdout.flush()
