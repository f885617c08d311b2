"""Lists in the app: checked, started, watched, downloaded."""

import re
from uuid import UUID

import pytest
from playwright.async_api import Browser, FilePayload, ViewportSize

from app.domain.people.role import Role
from app.domain.vocabulary import Mode
from app.usecases.batches.admit import admit_batch
from tests.api.ending import end_open
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Stack

PEOPLE = "Vorname;Nachname;Webseite;Notiz\nRita;Moss;https://acme.example;a\nJen;Barber;acme.example;b\nRita;Moss;acme.example;c\n;;;d\n"
FILES = {"file": ("people.csv", PEOPLE.encode(), "text/csv")}


async def test_a_check_shows_columns_duplicates_and_price_and_keeps_nothing(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        page = (await client.post("/app/lists/check", files=FILES)).text
        assert re.search(r'name="column:Vorname".*?<option value="first_name" selected', page, re.DOTALL)
        assert re.search(r'name="column:Notiz".*?<option value="" selected', page, re.DOTALL)
        # No provider is set up here.
        assert "Nobody in it can be looked up, so that it costs <strong>nothing" in page
        assert "passed over, 2 are held" in page
        assert "Expected to be found" in page
        assert page.count("Rita Moss") == 2
        assert "No lists yet" in (await client.get("/app/lists")).text


async def test_selects_of_columns_decide(stack: Stack) -> None:
    person = await stack.person(balance=10)
    data = {"column:Vorname": "full_name", "column:Nachname": "", "column:Webseite": "domain"}
    async with stack.client(person) as client:
        page = (await client.post("/app/lists/check", files=FILES, data=data)).text
    assert re.search(r'name="column:Vorname".*?<option value="full_name" selected', page, re.DOTALL)
    assert re.search(r'name="column:Nachname".*?<option value="" selected', page, re.DOTALL)


async def test_an_encoding_is_judged_and_a_person_says_another(stack: Stack) -> None:
    files = {"file": ("people.csv", "Nachname;Webseite\nVőneki;acme.example\n".encode("cp1250"), "text/csv")}
    async with stack.client(await stack.person(balance=10)) as client:
        page = (await client.post("/app/lists/check", files=files)).text
        assert "<option selected>windows-1252</option>" in page
        assert "if so, say encoding windows-1250" in page
        assert "Võneki" in page
        page = (await client.post("/app/lists/check", files=files, data={"encoding": "windows-1250"})).text
        assert "<option selected>windows-1250</option>" in page
        assert "Vőneki" in page
        assert "Võneki" not in page


async def test_a_list_runs_and_comes_back_with_its_own_columns(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        answer = await client.post("/app/lists", files=FILES, data={"type": "email"})
        assert answer.status_code == 303
        path = answer.headers["location"]
        assert "under way" in (await client.get(path)).text
        await admit_batch(stack.services, UUID(path.rsplit("/", 1)[-1]), after=-1, limit=10)
        await end_open(stack.door)
        page = (await client.get(path)).text
        assert "people.csv" in page
        assert "done" in page
        assert "cannot be asked" in page
        text = (await client.get(f"{path}/results", params={"format": "csv"})).text
        assert text.splitlines()[0].startswith("Vorname;Nachname;Webseite;Notiz;")
        assert len(text.splitlines()) == 5
        assert (await client.get(f"{path}/results", params={"format": "xlsx"})).content.startswith(b"PK")
        assert "people.csv" in (await client.get("/app/lists")).text
        assert (await client.post(f"{path}/cancel", follow_redirects=True)).status_code == 200
    async with stack.client(await stack.person()) as stranger:
        for method, there in (("GET", path), ("GET", f"{path}/results"), ("POST", f"{path}/cancel")):
            assert (await stranger.request(method, there)).status_code == 404


async def test_a_list_has_a_name_and_an_order_of_its_own(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        given = {"name": "  Trade fair  ", "waterfall": "cheapest"}
        started = (await client.post("/app/lists", files=FILES, data=given)).headers["location"]
        assert "Trade fair" in (await client.get("/app/lists")).text
        for wrong, fault in (({"waterfall": "none-such"}, "none-such"), ({"name": "x" * 201}, "at most 200")):
            answer = await client.post("/app/lists", files=FILES, data=wrong)
            assert (answer.status_code, fault in answer.text) == (422, True)
    stored = stack.door.sql("SELECT options->'waterfall'->>'name' FROM jobs WHERE id = %s", started.rsplit("/", 1)[-1])
    assert stored == [("cheapest",)]


async def test_a_list_is_stopped_and_its_credits_come_back(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        path = (await client.post("/app/lists", files=FILES)).headers["location"]
        page = (await client.post(f"{path}/cancel", follow_redirects=True)).text
        assert "stopped" in page
        assert "You have 10 credits" in (await client.get("/app/lookup")).text


@pytest.mark.parametrize(
    ("files", "data", "words"),
    [
        ({}, {}, "must be chosen"),
        ({"file": ("x.csv", b"a,b\n1,2\n", "text/csv")}, {}, "no column says whom to look up"),
        ({"file": ("x.pdf", b"%PDF-1.7 x", "application/pdf")}, {}, "The file is "),
        (FILES, {"max_cost_usd": "lots"}, "must be an amount"),
        (FILES, {}, "the account has 0"),
    ],
)
async def test_a_list_that_cannot_start_says_why(
    stack: Stack, files: dict[str, tuple[str, bytes, str]], data: dict[str, str], words: str
) -> None:
    async with stack.client(await stack.person()) as client:
        answer = await client.post("/app/lists", files=files or None, data=data)
        assert answer.status_code == 422
        assert words.lower() in answer.text.lower()


async def test_a_list_that_has_changed_since_its_check_is_checked_again(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        checked = (await client.post("/app/lists/check", files=FILES)).text
        quote = re.search(r'name="quote_id" value="([^"]+)"', checked)
        assert quote
        changed = {"quote_id": quote[1], "column:Vorname": "first_name", "column:Notiz": "company_name"}
        answer = await client.post("/app/lists", files=FILES, data=changed)
        assert answer.status_code == 422
        assert "the list has changed since it was checked; check it again" in answer.text.lower()
        assert "No lists yet" in (await client.get("/app/lists")).text


async def test_a_viewer_starts_none(stack: Stack) -> None:
    async with stack.client(await stack.person(Role.VIEWER)) as client:
        assert (await client.post("/app/lists", files=FILES)).status_code == 403
        assert (await client.get("/app/lists")).status_code == 200


async def test_a_person_checks_changes_a_column_and_starts(browser: Browser, stack: Stack) -> None:
    person = await stack.person(mode=Mode.TEST)
    context = await enter(browser, stack, person, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/lists")
    await check_page(page)
    await page.get_by_role("link", name="New list").first.click()
    payload = FilePayload(name="people.csv", mimeType="text/csv", buffer=PEOPLE.encode())
    # A file that cannot be read says so at once, one that can is checked at once.
    odd = FilePayload(name="odd.csv", mimeType="text/csv", buffer=b"Wer,Wo\nRita Moss,acme.example\n")
    await page.get_by_label("A file").set_input_files(odd)
    await page.get_by_text("No column says whom to look up").wait_for()
    await check_page(page)
    await page.get_by_label("A file").set_input_files(payload)
    await page.get_by_role("heading", name="4 Cost").wait_for()
    await check_page(page)
    await page.get_by_label("Column Notiz is read as").select_option("company_name")
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("progressbar").wait_for()
    await check_page(page)
    await page.set_viewport_size(ViewportSize(width=1280, height=900))
    await check_page(page)
    await context.close()
    assert wrong == []


async def test_another_file_is_not_started_by_the_check_of_the_first(stack: Stack) -> None:
    person = await stack.person(balance=10)
    other = {"file": ("others.csv", PEOPLE.replace("Rita", "Roy").encode(), "text/csv")}
    async with stack.client(person) as client:
        checked = (await client.post("/app/lists/check", files=FILES)).text
        sent = {name: re.search(rf'name="{name}" value="([^"]+)"', checked)[1] for name in ("quote_id", "sent")}  # type: ignore[index]
        answer = await client.post("/app/lists", files=other, data=sent)
        assert answer.status_code == 422
        assert "not the file that was checked" in answer.text
        # The columns of the first file say nothing of the second.
        of_first = {**sent, "column:Vorname": "company_name", "column:Gone": "domain"}
        again = (await client.post("/app/lists/check", files=other, data=of_first)).text
        assert re.search(r'name="column:Vorname".*?<option value="first_name" selected', again, re.DOTALL)
        assert "Roy Moss" in again
        assert (await client.post("/app/lists", files=FILES, data=sent)).status_code == 303


async def test_a_file_whose_headings_say_nothing_is_read_by_the_selects(stack: Stack) -> None:
    person = await stack.person(mode=Mode.TEST)
    odd = {"file": ("odd.csv", b"Wer,Wo\nRita Moss,acme.example\nJen Barber,acme.example\n", "text/csv")}
    async with stack.client(person) as client:
        refused = await client.post("/app/lists/check", files=odd)
        assert refused.status_code == 422
        assert "No column says whom to look up" in refused.text
        assert "mapping=" not in refused.text
        assert 'name="column:Wer"' in refused.text
        chosen = {"column:Wer": "full_name", "column:Wo": "domain"}
        assert "Rita Moss" in (await client.post("/app/lists/check", files=odd, data=chosen)).text
