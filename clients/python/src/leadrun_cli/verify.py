"""`leadrun verify`: whether mail to an address arrives."""

import sys

import click

from leadrun_cli import profiles
from leadrun_cli.output import NOTHING, ended_with, fails, json_option, plain, print_json, say, status_of
from leadrun_cli.profiles import profile_option

VALID = "valid"


@click.command("verify")
@click.argument("address")
@click.option("--max-cost", type=click.FloatRange(min=0, min_open=True), help="US dollars the verifiers may charge.")
@click.option("--refresh", is_flag=True, help="Ask again although the cache has an answer.")
@click.option("--timeout", type=click.FloatRange(min=0), default=600.0, show_default=True, help="Seconds to wait.")
@json_option
@profile_option
@fails
def verify_command(address: str, max_cost: float | None, timeout: float, *, refresh: bool, as_json: bool) -> None:
    """Ask verifiers whether mail to ADDRESS arrives: valid, invalid, risky or unknown.

    Exit status 3 says that it is not valid, 1 that no verifier could judge it.
    """
    with profiles.connect() as client:
        run = client.verify_email(address, max_cost_usd=max_cost, force_refresh=refresh or None, timeout=timeout)
    verdict = run.result.validation if run.result else None
    if as_json:
        print_json(run.raw)
    else:
        for warning in run.warnings:
            say(f"note: {warning}")
        if run.result and verdict:
            click.echo(f"{plain(run.result.email)}  {plain(verdict.status)}, {plain(run.result.provider)}")
        else:
            say(f"No verdict: {ended_with(run)}.")
        say(f"{run.credits_used} credits{', from the cache' if run.cached else ''} · leadrun trace {run.run_id}")
    sys.exit(NOTHING if verdict and verdict.status != VALID else status_of(run, found=verdict is not None))
