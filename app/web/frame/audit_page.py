"""The audit log as a page and as a file: of one account, or of the whole installation."""

import csv
import io
from collections.abc import Iterable
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.domain.accounts.audit import AuditAction
from app.domain.runs.csv_safety import safe_cell
from app.store.accounts.audit_log import AuditFilter
from app.usecases.audit.read import AuditLine, read_audit_log
from app.web.frame.viewer import Viewer

PAGE_ENTRIES = 50
# A file of the newest ones; `leadrun audit` writes more.
MOST_IN_FILE = 20_000
MAX_ACTOR = 254
GROUPS = sorted({action.group for action in AuditAction})
_COLUMNS = ("time", "actor_kind", "actor", "action", "target", "detail")


async def show_log(viewer: Viewer, template: str, account_id: UUID | None) -> ASGIResponse:
    """Answer with a page of the log of an account, or of all; its filters stay in the URL."""
    wanted = _wanted(viewer, account_id)
    lines = await read_audit_log(viewer.services, wanted, PAGE_ENTRIES + 1)
    shown = lines[:PAGE_ENTRIES]
    return viewer.render(
        template,
        lines=shown,
        after=shown[-1].entry.id if len(lines) > PAGE_ENTRIES else None,
        groups=GROUPS,
        wanted=wanted,
        kept=viewer.services.settings.audit_retention_days,
        most=MOST_IN_FILE,
    )


async def download_log(viewer: Viewer, account_id: UUID | None) -> ASGIResponse:
    """Answer with the log as CSV, under the filters of the page."""
    wanted = _wanted(viewer, account_id)
    lines = await read_audit_log(viewer.services, wanted, MOST_IN_FILE)
    body = write_csv(lines, of_all=account_id is None)
    name = f"audit-{viewer.services.now():%Y-%m-%d}.csv"
    return viewer.download(body, name=name, media_type="text/csv; charset=utf-8")


def write_csv(lines: Iterable[AuditLine], *, of_all: bool) -> bytes:
    """Write lines as CSV that no spreadsheet runs; with the account of each where they are `of_all`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("account", *_COLUMNS) if of_all else _COLUMNS)
    for line in lines:
        one = line.entry
        when = f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}"
        cells = (when, one.actor.kind.value, str(one.actor.name), one.action, one.target, line.detail)
        writer.writerow([safe_cell(cell) for cell in ((one.account, *cells) if of_all else cells)])
    return text.getvalue().encode()


def _wanted(viewer: Viewer, account_id: UUID | None) -> AuditFilter:
    group = viewer.query("group")
    try:
        before = UUID(viewer.query("after"))
    except ValueError:
        before = None
    return AuditFilter(
        account_id=account_id,
        group=group if group in GROUPS else "",
        actor=viewer.query("actor")[:MAX_ACTOR],
        before=before,
    )
