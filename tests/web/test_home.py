"""The home page: what an account has, what happened, and what comes next."""

import httpx
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.vocabulary import Mode
from app.store.figures.usage import UsageRow
from app.usecases.figures.month import Month
from app.web.frame.static_files import load_static_files
from tests.api.door import PERSON
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Stack


async def test_a_fresh_account_sees_its_first_steps(browser: Browser, stack: Stack) -> None:
    context = await enter(browser, stack, await stack.person(), viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app")
    await page.get_by_text("First steps").wait_for()
    await check_page(page)
    await page.get_by_role("link", name="Create an API key").click()
    await page.wait_for_url("**/app/keys/new")
    await context.close()
    assert wrong == []


async def test_steps_tick_off_and_runs_show_in_their_own_mode(stack: Stack) -> None:
    person = await stack.person(mode=Mode.TEST)
    key = await stack.door.key(person.account, mode=Mode.TEST)
    async with httpx.AsyncClient(base_url=stack.url, headers={"authorization": f"Bearer {key.api_key}"}) as program:
        assert (await program.post("/api/v1/enrich", json=PERSON)).status_code == 202
    async with stack.client(person) as client:
        page = (await client.get("/app")).text
        assert page.count(">done<") == 2
        assert "Jane Smith" in page
        assert key.api_key[:12] in page
        await client.post("/app/switch", data={"mode": "live"})
        assert ">done<" not in (await client.get("/app")).text


@pytest.mark.parametrize("path", ["/app", "/app/lookup", "/app/lists/new"])
async def test_where_no_provider_is_set_up_the_test_mode_is_one_press_away(stack: Stack, path: str) -> None:
    person = await stack.person()
    async with stack.client(person) as client:
        live = (await client.get(path)).text
        assert "No provider is set up" in live
        assert f'name="back" value="{path}"><button class="button plain" name="mode" value="test">' in live
        answer = await client.post("/app/switch", data={"mode": "test", "back": path})
        assert answer.headers["location"] == path
        assert "No provider is set up" not in (await client.get(path)).text


async def test_the_files_of_the_app_are_compressed_for_those_who_can_read_that(stack: Stack) -> None:
    file = load_static_files()["app.css"]
    async with httpx.AsyncClient(base_url=stack.url) as client:
        for accepted, coding in (("gzip, br", "br"), ("gzip", "gzip"), ("gzip;q=0", "identity"), ("", "identity")):
            answer = await client.get(file.path, headers={"accept-encoding": accepted})
            assert answer.headers.get("content-encoding", "identity") == coding, accepted
            assert (len(file.bodies[coding]), answer.content) == (answer.num_bytes_downloaded, file.bodies["identity"])


def test_the_figures_of_a_month() -> None:
    days = [UsageRow(group=str(day)) for day in range(29)]
    month = Month(
        days=[*days, UsageRow(group="29", runs=5, found=3, not_found=1, errors=1, credits_used=14, cost_usd=0.6)]
    )
    assert (month.runs, month.match_rate, month.cost_per_found) == (5, 0.75, 0.6 / 3)
    assert (month.match_rates[0], month.match_rates[-1], month.costs_per_found[-1]) == (None, 0.75, 0.6 / 3)
    assert (month.days_left(100), Month(days=days).days_left(100), Month(days=days).match_rate) == (50, None, None)
