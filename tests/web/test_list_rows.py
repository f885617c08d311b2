"""The rows of a list: filtered, searched, turned page by page, and downloaded as they are filtered."""

import re
from uuid import UUID

import httpx
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.accounts.owner import Owner
from app.domain.runs.batch import RowFilter, RowStatus, status_of
from app.domain.vocabulary import Mode
from app.usecases.batches.admit import admit_batch
from app.usecases.batches.read import ReadBatches
from app.usecases.runs.cancel import cancel_run
from tests.api.ending import end_open
from tests.play.worker import NOBODY, TROUBLE
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Person, Stack

# By the last name, the order in which they are ended.
NAMES = ("Aafound", "Abmissed", "Acfailed", "Adstopped", "Aeasked", "Afwaiting", "Agwaiting")


async def upload(client: httpx.AsyncClient, text: str) -> str:
    """Start a list; return its path."""
    answer = await client.post("/app/lists", files={"file": ("people.csv", text.encode(), "text/csv")})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def mixed(stack: Stack, client: httpx.AsyncClient) -> str:
    """Start a list that has a row of each outcome; one row more cannot be asked."""
    lines = [f"Rita,{name},acme.example," for name in NAMES]
    path = await upload(client, "\n".join(["first_name,last_name,domain,note", *lines, ",,,nobody"]))
    batch_id = UUID(path.rsplit("/", 1)[-1])
    await admit_batch(stack.services, batch_id, after=-1, limit=5)
    await end_open(stack.door, most=1)
    await end_open(stack.door, NOBODY, most=1)
    await end_open(stack.door, TROUBLE, most=1)
    ((run, account),) = stack.door.sql(
        "SELECT r.id, r.account_id FROM runs r JOIN job_rows j ON r.id = j.run_id WHERE j.job_id = %s AND position = 3",
        batch_id,
    )
    await cancel_run(stack.services, Owner(account, Mode.LIVE), run)
    return path


def shown(page: str) -> list[str]:
    """Return the last names in the table of a page; empty for the row that cannot be asked."""
    table = page.split('id="list"')[1]
    cells = re.findall(r'data-label="row">.*?</td>\s*<td>(.*?)</td>', table, re.DOTALL)
    return [cell.split(" · ")[1] if " · " in cell else "" for cell in cells]


async def test_each_result_has_the_rows_that_are_shown_with_it(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        path = await mixed(stack, client)
        got = {}
        for status in RowStatus:
            got[status.value] = shown((await client.get(path, params={"result": status.value})).text)
        assert got == {
            "found": ["Aafound"],
            "not_found": ["Abmissed"],
            "error": ["Acfailed"],
            "rejected": [""],
            "cancelled": ["Adstopped"],
            "pending": ["Aeasked", "Afwaiting", "Agwaiting"],
        }
        assert shown((await client.get(path, params={"result": "nonsense"})).text) == [*NAMES, ""]
        await client.post(f"{path}/cancel")
        stopped = shown((await client.get(path, params={"result": "cancelled"})).text)
        assert stopped == list(NAMES[3:])
        assert "No row fits these filters" in (await client.get(path, params={"result": "pending"})).text


@pytest.mark.parametrize("then", ["", "/cancel"], ids=["under way", "stopped"])
async def test_the_store_and_the_domain_agree_on_every_row(stack: Stack, then: str) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        path = await mixed(stack, client)
        if then:
            await client.post(f"{path}{then}")
    read = ReadBatches(stack.services)
    ((account,),) = stack.door.sql("SELECT id FROM accounts WHERE name = %s", person.account)
    batch = await read.get(Owner(account, Mode.LIVE), UUID(path.rsplit("/", 1)[-1]))
    rows = [row async for page in read.fates(batch) for row in page]
    assert len(rows) == len(NAMES) + 1
    for status in RowStatus:
        found = [row async for page in read.fates(batch, RowFilter(status=status)) for row in page]
        assert found == [row for row in rows if status_of(row, batch.status) is status]


async def test_search_finds_any_part_of_what_a_row_says_or_found(stack: Stack) -> None:
    person = await stack.person(balance=10)
    text = (
        "full_name,company,domain\nRita Aamoss,Acme 100%,acme.example\nJürgen Zmüller,Globex,globex.example\n"
        "Jen O'Quill,A_B Ltd,ab.example\n"
    )
    async with stack.client(person) as client:
        path = await upload(client, text)
        await admit_batch(stack.services, UUID(path.rsplit("/", 1)[-1]), after=-1, limit=10)
        await end_open(stack.door, most=1)

        async def rows(search: str, **more: str) -> list[str]:
            page = (await client.get(path, params={"q": search, **more})).text
            return re.findall(r'data-label="row">.*?(\d)<', page)

        assert await rows("moss") == ["1"]
        assert await rows("MÜLLER") == ["2"]
        assert await rows("o'qui") == ["3"]
        assert await rows("globex") == ["2"]
        # What was found, also while the others are under way.
        assert await rows("jane.smith@") == ["1"]
        assert await rows(".example") == ["1", "2", "3"]
        assert await rows(".example", result="found") == ["1"]
        # Letters that mean something to patterns or to a query are letters here.
        assert (await rows("%"), await rows("_")) == (["1"], ["3"])
        for search in ("\\", "qq", "'; --", "first_name", "\0qq"):
            assert await rows(search) == [], search
        assert await rows("   ") == ["1", "2", "3"]


async def test_the_download_has_the_rows_that_the_filters_leave(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        path = await mixed(stack, client)
        page = (await client.get(path, params={"result": "found"})).text
        links = re.findall(rf'"({path}/results\?[^"]*result=found[^"]*)"', page)
        assert len(links) == 4
        for link in links:
            answer = await client.get(link.replace("&amp;", "&"))
            assert answer.status_code == 200
            assert "-found." in answer.headers["content-disposition"]
            if "format=xlsx" not in link:
                assert "Aafound" in answer.text
                assert "Abmissed" not in answer.text
        csv = (await client.get(f"{path}/results", params={"q": "waiting"})).text
        assert [line.split(",")[1] for line in csv.splitlines()] == ["last_name", "Afwaiting", "Agwaiting"]
        assert len((await client.get(f"{path}/results")).text.splitlines()) == len(NAMES) + 2
        assert "Download these rows alone" not in (await client.get(path)).text


@pytest.mark.parametrize("note", ["", "x" * 9000], ids=["short rows", "long rows"])
async def test_every_row_is_on_one_page(stack: Stack, note: str) -> None:
    person = await stack.person(balance=200)
    names = [f"{'Even' if number % 2 == 0 else 'Odd'}{number}" for number in range(120)]
    text = "\n".join(["first_name,last_name,domain,note", *(f"Rita,{name},acme.example,{note}" for name in names)])
    async with stack.client(person) as client:
        path = await upload(client, text)
        for query, wanted in (("", names), ("q=even", names[::2])):
            seen: list[str] = []
            link: str | None = f"{path}?{query}"
            while link:
                page = (await client.get(link)).text
                seen += shown(page)
                found = re.search(r'href="([^"]*)" rel="next">Next rows', page)
                link = found[1].replace("&amp;", "&") if found else None
            assert seen == wanted


async def _filtered(browser: Browser, stack: Stack, person: Person, path: str) -> list[str]:
    context = await enter(browser, stack, person, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto(path)
    await check_page(page)
    await page.get_by_label("Result").select_option("pending")
    await page.wait_for_url("**result=pending**")
    await page.get_by_text("Aeasked").wait_for()
    await page.get_by_text("Aafound").wait_for(state="detached")
    await page.get_by_text("Download these rows alone").wait_for()
    await check_page(page)
    await page.set_viewport_size(ViewportSize(width=1280, height=900))
    await check_page(page)
    # The page goes on living, and keeps the filter.
    await end_open(stack.door)
    await page.get_by_text("Aeasked").wait_for(state="detached")
    assert await page.get_by_text("Afwaiting").count() == 1
    assert await page.get_by_text("Aafound").count() == 0
    async with page.expect_download() as started:
        await page.get_by_role("link", name="CSV", exact=True).click()
    assert (await started.value).suggested_filename.endswith("-pending.csv")
    await context.close()
    return wrong


async def test_a_list_under_way_is_filtered_and_stays_so(browser: Browser, stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        path = await mixed(stack, client)
    assert await _filtered(browser, stack, person, path) == []
