"""The audit log of all accounts and of the installation, for its operators."""

from app.web.frame.audit_page import download_log, show_log
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer


@page("GET", "/app/operator/audit", access=Access.OPERATOR)
async def show_whole_log(viewer: Viewer) -> Answer:
    """Show who did what in all accounts."""
    return await show_log(viewer, "operator/audit.html", None)


@page("GET", "/app/operator/audit.csv", access=Access.OPERATOR)
async def download_whole_log(viewer: Viewer) -> Answer:
    """Write it as a file."""
    return await download_log(viewer, None)
