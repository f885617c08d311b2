"""What holds of every page in a browser: no barrier, no error, nothing wider than the screen."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, ConsoleMessage, Page

_AXE = Axe()


async def check_page(page: Page) -> None:
    """Check the page that is shown."""
    found = await _AXE.run(page)
    assert found.violations_count == 0, found.generate_report()
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{page.url} is {wider} px wider than the screen"


def watch(context: BrowserContext) -> list[str]:
    """Collect what goes wrong in a window: errors of scripts, files refused by the policy, requests to elsewhere."""
    wrong: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A page that answers 4xx is one of ours, and what the test expects.
        if message.type == "error" and "Failed to load resource" not in message.text:
            wrong.append(message.text)

    context.on("console", note)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    return wrong
