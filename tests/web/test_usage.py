"""What an account used and paid, as its people see it."""

import csv
import io

import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.accounts.pricing import PLANS, Plan
from app.domain.vocabulary import Mode, ResultStatus
from app.web.frame.bars import HEIGHT, WIDTH, Amount, lay_out
from app.web.usage.credits import PAGE_ENTRIES, prices
from tests.play.quoted_list import store_quoted_list
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Person, Stack
from tests.web.submitting import look_up


async def test_the_figures_of_a_period_are_shown_and_written(stack: Stack) -> None:
    person = await stack.person()
    await look_up(stack, person, "Moss", "Trenneman")
    async with stack.client(person) as client:
        page = (await client.get("/app/usage", params={"days": "7"})).text
        assert "2 of 2 found" in page
        assert page.count('<rect class="whole"') == 7
        file = await client.get("/app/usage.csv", params={"days": "7"})
        assert file.headers["content-disposition"].startswith('attachment; filename="usage-day-')
        *days, today = csv.DictReader(io.StringIO(file.text))
        assert len(days) == 6
        assert (today["runs"], today["found"], today["credits_used"]) == ("2", "2", "2")
        by_key = (await client.get("/app/usage.csv", params={"by": "key"})).text.splitlines()
        assert len(by_key) == 2
        assert by_key[1].startswith("lm_live_")
        assert (await client.get("/app/usage", params={"by": "provider", "days": "9"})).status_code == 200


async def test_nothing_of_another_account_or_mode_is_counted(stack: Stack) -> None:
    person = await stack.person()
    await look_up(stack, person, "Moss")
    for other in (await stack.person(), await stack.person(account=person.account, mode=Mode.TEST)):
        async with stack.client(other) as client:
            assert "Nothing ran in these days" in (await client.get("/app/usage")).text
            assert "/app/runs/" not in (await client.get("/app/usage/credits")).text


async def test_lists_are_compared_with_their_quotes(stack: Stack) -> None:
    person = await stack.person(balance=10)
    assert await _quotes(stack, person) == ""
    for cost, reached in ((1, None), (9, None), (2, "usd")):
        store_quoted_list(stack.door.sql, person.account, cost_usd=cost, reached=reached)
    shown = await _quotes(stack, person)
    assert "Of 3 quoted lists 1 cost what the quote said, 0 less and 2 more." in shown
    assert "Of 2 quoted lists 2 found what the quote said, 0 less and 0 more." in shown
    assert "Half of the lists took at most 50 % of the time" in shown
    assert "1 at the upper bound of the quote" in shown
    for other in (await stack.person(), await stack.person(account=person.account, mode=Mode.TEST)):
        assert await _quotes(stack, other) == ""


async def _quotes(stack: Stack, person: Person) -> str:
    async with stack.client(person) as client:
        page = (await client.get("/app/usage")).text
    return " ".join(page.partition('<section id="quotes">')[2].partition("</section>")[0].split())


async def test_the_ledger_leads_to_each_run_and_goes_on(stack: Stack) -> None:
    person = await stack.person()
    runs = await look_up(stack, person, "Moss", "Trenneman")
    stack.door.sql(
        "INSERT INTO credit_entries (id, account_id, kind, amount, created_at) SELECT "
        "overlay(gen_random_uuid()::text placing '00000000' from 1 for 8)::uuid, id, 'grant', 7, now() "
        "FROM accounts, generate_series(1, %s) WHERE name = %s",
        PAGE_ENTRIES,
        person.account,
    )
    async with stack.client(person) as client:
        first = (await client.get("/app/usage/credits")).text
        assert [run for run in runs if f"/app/runs/{run}" in first] == runs
        after = first.split("after=")[1].split('"')[0]
        second = (await client.get("/app/usage/credits", params={"after": after})).text
        assert second.count("<td>added</td>") == 3
        assert "First page" in second
        assert (await client.get("/app/usage/credits", params={"after": "nonsense"})).status_code == 200


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (PLANS["leadmodule"], ["1 for each look-up", "A miss costs the same"]),
        (PLANS["leadsonar"], ["1 for an e-mail address, 5 for a phone number, 6 for both"]),
        (
            Plan(name="x", prefix="x", email=1, phone=1, all=1, refunds=frozenset({ResultStatus.NOT_FOUND})),
            ["Given back when the result is: not found."],
        ),
    ],
)
def test_prices_are_sentences(plan: Plan, words: list[str]) -> None:
    assert all(word in prices(plan) for word in words)


def test_bars_fill_the_picture() -> None:
    low, high = lay_out([Amount(1, 1, "low"), Amount(4, 2, "high")])
    assert (high.top, high.height, high.part_height) == (0, HEIGHT, HEIGHT / 2)
    assert (low.height, low.part_height) == (HEIGHT / 4, HEIGHT / 4)
    assert 0 < low.left < low.left + low.width < high.left < high.left + high.width < WIDTH
    assert lay_out([]) == []
    assert lay_out([Amount(0, 0, "nothing")])[0].height == 0


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_pages_have_no_barrier_and_fit(browser: Browser, stack: Stack, look: str) -> None:
    person = await stack.person()
    await look_up(stack, person, "Moss")
    store_quoted_list(stack.door.sql, person.account, cost_usd=1)
    context = await enter(browser, stack, person, viewport=ViewportSize(width=390, height=800), color_scheme=look)
    wrong = watch(context)
    page = await context.new_page()
    for path in ("/app/usage", "/app/usage/credits"):
        await page.goto(path)
        await check_page(page)
        await page.set_viewport_size(ViewportSize(width=1280, height=800))
        await check_page(page)
    await page.goto("/app/usage")
    await page.get_by_label("A row for each").select_option("key")
    await page.wait_for_url("**by=key**")
    await page.get_by_role("cell", name="lm_live_").wait_for()
    await context.close()
    assert wrong == []
