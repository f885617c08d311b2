"""`leadrun runs` and `leadrun trace`: what was looked up, and what became of it."""

from datetime import datetime
from itertools import islice

import click

from leadrun.models import Attempt, RunData
from leadrun_cli import profiles
from leadrun_cli.output import fails, json_option, plain, print_json, print_table, say
from leadrun_cli.profiles import profile_option

WIDTH = 30
_BLOCKS = {"hit": "█", "miss": "▓", "rejected": "▒"}


@click.group("runs")
def runs_group() -> None:
    """List, show and watch runs."""


@runs_group.command("list")
@click.option("--status", type=click.Choice(["pending", "processing", "completed", "failed", "cancelled"]))
@click.option("--result", type=click.Choice(["found", "not_found", "error"]), help="Only runs that came to this.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Runs to show.")
@json_option
@profile_option
@fails
def list_command(status: str | None, result: str | None, limit: int, *, as_json: bool) -> None:
    """List runs, newest first."""
    with profiles.connect() as client:
        found = client.runs(status=status, result_status=result, page_size=min(limit, 100))
        runs = list(islice(found, limit))
    if as_json:
        print_json([run.raw for run in runs])
        return
    print_table(
        ("run", "created", "status", "result", "value", "credits"),
        [
            (run.run_id, _time(run), run.status, run.result_status, run.email or run.phone, run.credits_used)
            for run in runs
        ],
    )


@runs_group.command("show")
@click.argument("run_id")
@json_option
@profile_option
@fails
def show_command(run_id: str, *, as_json: bool) -> None:
    """Show a run as it stands."""
    with profiles.connect() as client:
        run = client.get_run(run_id)
    if as_json:
        print_json(run.raw)
    else:
        print_table(("", ""), _facts(run))


@runs_group.command("watch")
@click.argument("run_id")
@json_option
@profile_option
@fails
def watch_command(run_id: str, *, as_json: bool) -> None:
    """Follow a run live, up to its end; Ctrl-C ends the watching only."""
    with profiles.connect() as client:
        for event in client.events(run_id):
            if as_json:
                print_json(event.raw)
            elif isinstance(event, Attempt):
                done = event.outcome or "asked …"
                click.echo(f"{plain(event.provider):16} {event.field:6} {done} {plain(event.reason)}".rstrip())
            else:
                click.echo(
                    f"run {event.status} {event.result_status or ''} {plain(event.email or event.phone)}".rstrip()
                )


@click.command("trace")
@click.argument("run_id")
@json_option
@profile_option
@fails
def trace_command(run_id: str, *, as_json: bool) -> None:
    """Show the cascade of a run: each provider, how long it took and what it cost."""
    with profiles.connect() as client:
        attempts = client.attempts(run_id)
    if as_json:
        print_json([one.raw for one in attempts])
        return
    if not attempts:
        say("Nobody was asked: the answer came from the cache, or is still to come (`leadrun runs show`).")
        return
    longest = max(one.latency_ms or 0 for one in attempts)
    print_table(
        ("provider", "field", "outcome", "time", "", "USD", "expected", "reason"),
        [
            (
                one.provider,
                one.field,
                one.outcome or "under way",
                "" if one.latency_ms is None else f"{one.latency_ms} ms",
                bar(one, longest),
                f"{one.cost_usd:.4f}" if one.cost_usd else "",
                expectation(one),
                one.reason,
            )
            for one in attempts
        ],
    )
    click.echo(f"{sum(one.cost_usd for one in attempts):.4f} USD in all")


def expectation(attempt: Attempt) -> str:
    """Write why it stood there: its chance, what a value would cost, and how that is known."""
    expected = attempt.expected
    if expected is None:
        return ""
    price = "" if expected.index_usd is None else f", {expected.index_usd:.4f} USD a value"
    known = f"{expected.observations:.0f} answers" if expected.observations >= 1 else expected.prior
    placed = "tried, " if expected.explored else "asked early, " if expected.looked_ahead else ""
    return f"{expected.chance:.0%}{price} ({placed}{known})"


def bar(attempt: Attempt, longest: int) -> str:
    """Draw how long a call took, as a part of the longest one."""
    if not attempt.latency_ms or not longest:
        return ""
    return _BLOCKS.get(attempt.outcome or "", "░") * max(1, round(WIDTH * attempt.latency_ms / longest))


def _time(run: RunData) -> str:
    return run.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if isinstance(run.created_at, datetime) else ""


def _facts(run: RunData) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("run", run.run_id),
        ("status", run.status),
        ("result", run.result_status),
        ("type", run.enrichment_type),
        ("e-mail", run.email),
        ("phone", run.phone),
        ("credits", run.credits_used),
        ("cached", "yes" if run.cached else "no"),
        ("created", _time(run)),
        ("error", run.error.message if run.error else None),
        *(("warning", warning) for warning in run.warnings),
    ]
    return [(name, value) for name, value in facts if value not in {None, ""}]
