"""`leadrun audit`: who did what when."""

import click

from app.cli.loading import installation_options
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.domain.accounts.audit import AuditAction
from app.services import Services
from app.store.accounts.audit_log import AuditFilter
from app.usecases.accounts.manage_accounts import ManageAccounts
from app.usecases.audit.read import AuditLine, read_audit_log

MOST = 1_000_000


@click.command("audit")
@click.option("--account", help="Of the account of this name alone.")
@click.option("--kind", type=click.Choice(sorted({one.group for one in AuditAction})), help="What was changed.")
@click.option("--by", default="", help="A part of the e-mail address, or of the key's id, of the one who did it.")
@click.option("--limit", type=click.IntRange(1, MOST), default=100, show_default=True, help="So many at most.")
@json_option
@installation_options
def audit_command(account: str | None, kind: str | None, by: str, limit: int, *, as_json: bool) -> None:
    """Show who did what when, the newest first."""

    async def work(services: Services) -> list[AuditLine]:
        account_id = await ManageAccounts(services).named(account) if account else None
        return await read_audit_log(services, AuditFilter(account_id=account_id, group=kind or "", actor=by), limit)

    lines = with_services(work, as_json=as_json)
    if as_json:
        print_json({"entries": [line.entry for line in lines]})
        return
    print_table(
        ("time", "account", "by", "what", "about", "detail"),
        [
            (
                f"{line.entry.created_at:%Y-%m-%d %H:%M:%SZ}",
                line.entry.account or "-",
                line.actor,
                line.entry.action,
                line.about or "-",
                line.detail or "-",
            )
            for line in lines
        ],
    )
