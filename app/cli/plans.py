"""`leadrun plans`: what a plan costs, and which results it gives the charge back for."""

from typing import Any

import click

from app.cli.credits import MOST_CREDITS
from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.domain.accounts.pricing import PLANS, Plan
from app.domain.vocabulary import ResultStatus
from app.usecases.accounts.manage_plans import ManagePlans

NOTHING = "nothing"
# Everything that was found was reported as wrong.
BOUNCED = "bounced"
REFUNDED = (ResultStatus.NOT_FOUND.value, ResultStatus.ERROR.value, BOUNCED)
_PRICE = click.IntRange(0, MOST_CREDITS)


@click.group("plans")
def plans_group() -> None:
    """Show or set what a plan costs and which results it refunds."""


@plans_group.command("list")
@json_option
@installation_options
def list_plans(*, as_json: bool) -> None:
    """Show the plans in force."""
    plans = with_services(lambda services: ManagePlans(services).read(), as_json=as_json)
    if as_json:
        print_json({"plans": plans})
        return
    print_table(("plan", "email", "phone", "all", "refunds"), [_row(plan) for plan in plans])


@plans_group.command("set")
@click.argument("name", type=click.Choice(sorted(PLANS)))
@click.option("--email", type=_PRICE, help="Credits for an e-mail look-up.")
@click.option("--phone", type=_PRICE, help="Credits for a phone look-up.")
@click.option("--all", "both", type=_PRICE, help="Credits for both.")
@click.option(
    "--refund",
    type=click.Choice([*REFUNDED, NOTHING]),
    multiple=True,
    help="Give the charge back after this result, or after a bounce that the client reports; repeat it for several.",
)
@json_option
@installation_options
def set_plan(
    name: str, email: int | None, phone: int | None, both: int | None, refund: tuple[str, ...], *, as_json: bool
) -> None:
    """Set other prices or refunds; runs accepted from now on pay them."""
    if (email, phone, both) == (None, None, None) and not refund:
        raise click.UsageError(
            f"Say what to change: --email, --phone and --all take credits, --refund takes {', '.join(REFUNDED)} or "
            f"{NOTHING}; `leadrun plans list` shows what is in force."
        )
    if NOTHING in refund and len(refund) > 1:
        raise click.UsageError(f"--refund {NOTHING} excludes other refunds.")
    refunds = frozenset(ResultStatus(result) for result in refund if result not in {NOTHING, BOUNCED})
    given: dict[str, Any] = {"refunds": refunds, "refund_bounces": BOUNCED in refund} if refund else {}
    plan = with_services(
        lambda services: ManagePlans(services).change(name, email=email, phone=phone, both=both, **given),
        as_json=as_json,
    )
    if as_json:
        print_json(plan)
    else:
        print_table(("plan", "email", "phone", "all", "refunds"), [_row(plan)])


def _row(plan: Plan) -> tuple[object, ...]:
    refunds = sorted([r.value for r in plan.refunds] + [BOUNCED] * plan.refund_bounces)
    return plan.name, plan.email, plan.phone, plan.all, ", ".join(refunds) or NOTHING
