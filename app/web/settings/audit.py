"""The audit log of an account, for its owners."""

from app.web.frame.audit_page import download_log, show_log
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer


@page("GET", "/app/settings/audit", access=Access.OWNER)
async def show_audit_log(viewer: Viewer) -> Answer:
    """Show who did what in the account."""
    return await show_log(viewer, "settings/audit.html", viewer.account.id)


@page("GET", "/app/settings/audit.csv", access=Access.OWNER)
async def download_audit_log(viewer: Viewer) -> Answer:
    """Write it as a file."""
    return await download_log(viewer, viewer.account.id)
