"""Operate a provider: check it, switch it off and on, let it be asked again."""

from app.domain.errors import UnknownIdError
from app.redis.provider_gate import ProviderGate
from app.usecases.providers.check import CheckProvider
from app.usecases.providers.switches import ProviderSwitches
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer


@page("POST", "/app/providers/{slug}/check", access=Access.OPERATOR)
async def check_provider(viewer: Viewer) -> Answer:
    """Make the vendor's free account call; the page of the provider shows what it says."""
    slug = viewer.path_text("slug")
    await CheckProvider(viewer.services)(slug)
    return viewer.redirect(f"/app/providers/{slug}")


@page("POST", "/app/providers/{slug}/off", access=Access.OPERATOR)
async def switch_off(viewer: Viewer) -> Answer:
    """Let no process ask a provider any more."""
    return await _switch(viewer, on=False)


@page("POST", "/app/providers/{slug}/on", access=Access.OPERATOR)
async def switch_on(viewer: Viewer) -> Answer:
    """Let a provider be asked again that was switched off."""
    return await _switch(viewer, on=True)


@page("POST", "/app/providers/{slug}/open", access=Access.OPERATOR)
async def open_gate(viewer: Viewer) -> Answer:
    """Let a provider be asked again at once, although it rested after trouble."""
    slug = viewer.path_text("slug")
    if viewer.dependencies.registry.entry(slug) is None:
        raise UnknownIdError("provider")
    await ProviderGate(viewer.services.redis).reopen(slug)
    return viewer.redirect(f"/app/providers/{slug}")


async def _switch(viewer: Viewer, *, on: bool) -> Answer:
    slug = viewer.path_text("slug")
    await ProviderSwitches(viewer.services).switch(slug, on=on)
    return viewer.redirect(f"/app/providers/{slug}")
