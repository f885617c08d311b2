"""The home page."""

from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer


@page("GET", "/app")
async def show_home(viewer: Viewer) -> Answer:
    """Show the state of the account."""
    return viewer.render("home/home.html")
