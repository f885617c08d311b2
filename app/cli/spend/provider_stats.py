"""`leadrun providers stats`: the league table of the providers."""

from collections.abc import Sequence
from datetime import timedelta

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.domain.order.league import MeasuredRate, ProviderStanding
from app.domain.vocabulary import Field, Mode
from app.services import Services
from app.store.figures.standings import standings
from app.usecases.accounts.manage_caps import ManageCaps

_HEADER = (
    "provider",
    "field",
    "asked",
    "found",
    "errors",
    "match rate",
    "rescues",
    "wrong",
    "USD per hit",
    "p50 ms",
    "p95 ms",
)


@click.command("stats")
@click.option("--account", help="Only this account's.")
@click.option("--field", type=click.Choice([field.value for field in Field]), help="Only this field.")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="Of the last N days.")
@json_option
@installation_options
def stats(account: str | None, field: str | None, days: int, *, as_json: bool) -> None:
    """Show what each provider found, cost and took.

    The match rate counts contacts for whom it was asked first, with its interval of 90 %; "rescues" is what it finds of
    those that others had missed, "wrong" what clients reported.
    """

    async def read(services: Services) -> Sequence[ProviderStanding]:
        account_id = await ManageCaps(services).account_id(account) if account else None
        now = services.now()
        async with services.read() as connection:
            return await standings(
                connection,
                since=now - timedelta(days=days),
                until=now,
                mode=Mode.LIVE,
                account_id=account_id,
                field=Field(field) if field else None,
            )

    found = with_services(read, as_json=as_json)
    if as_json:
        print_json({"providers": found})
    else:
        print_table(_HEADER, [_row(one) for one in found])


def _row(one: ProviderStanding) -> tuple[object, ...]:
    cost = one.cost_per_accepted_usd
    return (
        one.provider,
        one.field.value,
        one.calls,
        one.found,
        one.errors,
        _share(one.match_rate),
        _share(one.rescue_rate),
        one.reported_wrong,
        None if cost is None else f"{cost:.4f}",
        one.latency_p50_ms,
        one.latency_p95_ms,
    )


def _share(rate: MeasuredRate | None) -> str:
    return f"{rate.estimate:.0%} ({rate.low:.0%}-{rate.high:.0%} of {rate.tries})" if rate else "-"
