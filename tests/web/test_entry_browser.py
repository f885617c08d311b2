"""The entrance in a real browser, with and without scripts."""

import pytest
from playwright.async_api import Browser, Request, ViewportSize

from app.domain.vocabulary import Mode
from app.usecases.people.links import LinkKind, link_path
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import PASSWORD, Stack

NARROW, WIDE = ViewportSize(width=390, height=800), ViewportSize(width=1280, height=800)


async def test_an_operator_claims_signs_out_and_in_again_by_keyboard(browser: Browser, stack: Stack) -> None:
    stack.door.sql("UPDATE users SET operator = false")
    secret = await stack.links.claim(None)
    assert secret
    context = await enter(browser, stack, viewport=WIDE)
    wrong = watch(context)
    page = await context.new_page()
    await page.goto(link_path(LinkKind.CLAIM, secret))
    await check_page(page)
    for text in ("claimer@acme.example", "Jane", PASSWORD, PASSWORD):
        await page.keyboard.type(text)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/app")
    await page.get_by_text("Jane").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/app/login")
    await page.keyboard.type("claimer@acme.example")
    await page.keyboard.press("Tab")
    await page.keyboard.type("not the password")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    await check_page(page)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/app")
    await context.close()
    assert wrong == []


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_frame_has_no_barrier_and_fits_narrow_screens(browser: Browser, stack: Stack, look: str) -> None:
    person = await stack.person(account=stack.name("A company with quite a long name, of Somewhere"), operator=True)
    await stack.join(person, stack.name())
    context = await enter(browser, stack, person, viewport=NARROW, color_scheme=look)
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app")
    await check_page(page)
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("link", name="Operator").wait_for()
    await check_page(page)
    await page.keyboard.press("Escape")
    await page.set_viewport_size(WIDE)
    await page.get_by_role("button", name="TEST", exact=True).click()
    await page.locator(".stripe").wait_for()
    await check_page(page)
    await context.close()
    assert wrong == []


async def test_the_frame_works_without_scripts(browser: Browser, stack: Stack) -> None:
    person = await stack.person(mode=Mode.TEST)
    context = await enter(browser, stack, person, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/app")
    await page.get_by_role("button", name="Live", exact=True).click()
    assert await page.locator(".stripe").count() == 0
    await page.locator(".menu.end summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/app/login")
    await context.close()


async def test_a_first_page_is_small_and_asks_for_three_files(browser: Browser, stack: Stack) -> None:
    context = await enter(browser, stack, await stack.person())
    page = await context.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    await page.goto("/app", wait_until="load")
    await context.close()
    async with stack.client() as client:
        sizes = {url: int((await client.head(url)).headers["content-length"]) for url in asked if "/static/" in url}
    assert len(sizes) == 3
    assert all(url.startswith(stack.url) for url in asked)
    assert sum(sizes.values()) < 60_000
