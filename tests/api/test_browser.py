"""The documentation page in a real browser, with every other address cut off."""

from pathlib import Path

import pytest
from playwright.async_api import Request, async_playwright

from app.api.operations import operations
from app.domain.vocabulary import Mode
from tests.api.door import Door

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium at {CHROMIUM}")


async def test_the_page_shows_every_operation_and_asks_nobody_else(door: Door) -> None:
    asked: list[str] = []
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = await browser.new_page()

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{door.url}/docs")
        await page.wait_for_selector(".opblock", timeout=30_000)
        shown = await page.locator(".opblock").count()
        title = await page.locator(".info .title").inner_text()
        await browser.close()
    assert problems == []
    # The webhook is shown next to the operations.
    assert shown >= len([one for one in operations() if one.answers])
    assert "leadrun" in title
    assert all(url.startswith((door.url, "data:")) for url in asked)


async def test_an_operation_can_be_tried_with_a_test_key(door: Door) -> None:
    """Open the page, authorise, send a contact, see the answer."""
    key = (await door.key(mode=Mode.TEST)).api_key
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(f"{door.url}/docs")
        await page.wait_for_selector(".opblock", timeout=30_000)
        await page.click(".auth-wrapper .authorize")
        await page.fill("#auth-bearer-value", key)
        await page.click(".auth-container:has(#auth-bearer-value) button.authorize")
        await page.click(".modal-ux .btn-done")
        block = page.locator("#operations-Enrichment-enrich")
        await block.locator(".opblock-summary-control").click()
        await block.locator("textarea.body-param__text").fill('{"firstName": "Magic", "companyDomain": "acme.example"}')
        await block.locator(".execute").click()
        answer = block.locator(".live-responses-table .response").first
        await answer.wait_for(timeout=30_000)
        shown = await answer.inner_text()
        await browser.close()
    assert "202" in shown
    assert '"status": "pending"' in shown
