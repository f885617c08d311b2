"""The health of the installation."""

from app.usecases.accounts.installation import read_installation
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer


@page("GET", "/app/operator", access=Access.OPERATOR)
async def show_health(viewer: Viewer) -> Answer:
    """Show servers, queues, and providers that rest."""
    return viewer.render("operator/health.html", state=await read_installation(viewer.services))
