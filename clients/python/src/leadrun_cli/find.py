"""`leadrun find`: one person's e-mail address or phone number."""

import re
import sys

import click

from leadrun.models import RunData
from leadrun_cli import profiles
from leadrun_cli.output import ended_with, fails, json_option, plain, print_json, say, status_of
from leadrun_cli.profiles import profile_option

_PROFILE = re.compile(r"(?:https?://)?(?:[\w-]+\.)?linkedin\.com/", re.IGNORECASE)


@click.command("find")
@click.argument("who")
@click.argument("company", required=False)
@click.option("--type", "kind", type=click.Choice(["email", "phone", "all"]), default="email", show_default=True)
@click.option("--max-cost", type=click.FloatRange(min=0, min_open=True), help="US dollars the providers may charge.")
@click.option(
    "--waterfall", metavar="NAME", help="The rules that order the providers: cheapest, fastest, one of yours."
)
@click.option("--refresh", is_flag=True, help="Look up again although the cache has an answer.")
@click.option("--timeout", type=click.FloatRange(min=0), default=600.0, show_default=True, help="Seconds to wait.")
@json_option
@profile_option
@fails
def find_command(
    who: str,
    company: str | None,
    *,
    kind: str,
    max_cost: float | None,
    waterfall: str | None,
    timeout: float,
    refresh: bool,
    as_json: bool,
) -> None:
    """Look up WHO, a full name or the address of a LinkedIn profile, at COMPANY, a domain or a name.

    Exit status 3 says that nobody knows an answer, 1 that nobody could give one.
    """
    linkedin = _PROFILE.match(who)
    with profiles.connect() as client:
        run = client.enrich(
            full_name=None if linkedin else who,
            linkedin_url=who if linkedin else None,
            company_domain=company if company and "." in company else None,
            company_name=company if company and "." not in company else None,
            enrichment_type=kind,
            max_cost_usd=max_cost,
            waterfall=waterfall,
            force_refresh=refresh or None,
            timeout=timeout,
        )
    if as_json:
        print_json(run.raw)
    else:
        _show(run)
    sys.exit(status_of(run, found=run.found))


def _show(run: RunData) -> None:
    for warning in run.warnings:
        say(f"note: {warning}")
    result = run.result
    if result and result.email:
        grade = result.validation.status if result.validation else "unknown"
        click.echo(f"{plain(result.email)}  {grade}, {result.confidence} %, {plain(result.provider)}")
    if result and result.phone:
        click.echo(f"{plain(result.phone)}  {plain(result.phone_type)}, {plain(result.phone_provider)}")
    if not run.found:
        say("Nothing found." if run.result_status == "not_found" else f"No answer: {ended_with(run)}.")
    say(f"{run.credits_used} credits{', from the cache' if run.cached else ''} · leadrun trace {run.run_id}")
