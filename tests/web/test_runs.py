"""The table of runs and the page of a run."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.runs.job import JobKind
from app.domain.runs.view import AttemptView
from app.domain.vocabulary import Field, Mode, Tier
from app.domain.waterfall.answer import Failed, Miss, Trouble
from app.domain.waterfall.attempt import Expectation, Outcome
from app.usecases.batches.admit import admit_batch
from app.web.frame.cascade import WIDTH, lay_out
from app.web.frame.snippets import submit_code
from tests.api.ending import end_run, record
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Person, Stack
from tests.web.submitting import look_up, submit

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


def call(provider: str, start: float, end: float | None, *, ms: int | None = None) -> AttemptView:
    return AttemptView(
        provider=provider,
        tier=Tier.T1,
        field=Field.EMAIL,
        outcome=None if end is None else Outcome.MISS,
        latency_ms=ms,
        cost_usd=Decimal("0.02"),
        started_at=BEGAN + timedelta(seconds=start),
        ended_at=None if end is None else BEGAN + timedelta(seconds=end),
    )


def test_bars_lie_where_the_calls_were() -> None:
    shown = lay_out(
        [call("one", 0, 1, ms=1000), call("two", 1, 4, ms=1000), call("three", 4, None)], BEGAN + timedelta(seconds=5)
    )
    one, two, three = shown.bars
    assert (shown.seconds, shown.usd) == (5, Decimal("0.06"))
    assert (one.waited[1], one.asked) == (0, (0, 200))
    # Two of its three seconds it waited for its turn.
    assert (two.waited, two.asked) == ((200, 400), (600, 200))
    assert (three.words, three.seconds, three.asked) == ("asking", None, (800, 200))


def test_the_place_in_the_order_is_explained() -> None:
    explained = msgspec.structs.replace(call("one", 0, 1), expected=Expectation(index_usd=0.05, observations=12))
    assert [bar.expected for bar in lay_out([explained, call("two", 1, 2)], BEGAN).bars] == [explained.expected, None]


def test_a_call_without_time_can_be_seen_and_stays_on_the_axis() -> None:
    shown = lay_out([call("one", 0, 2, ms=2000), call("two", 2, 2, ms=0)], BEGAN)
    left, width = shown.bars[1].asked
    assert width > 0
    assert left + width <= WIDTH
    assert lay_out([], BEGAN).bars == ()


def test_those_not_asked_stand_together_by_their_reason() -> None:
    skipped = [
        AttemptView(provider=name, tier=Tier.T2, field=field, outcome=Outcome.SKIPPED, reason=reason)
        for name, field, reason in (
            ("b", Field.EMAIL, "no key"),
            ("a", Field.EMAIL, None),
            ("b", Field.PHONE, "no key"),
            ("c", Field.EMAIL, "no key"),
        )
    ]
    skipped[1] = msgspec.structs.replace(skipped[1], expected=Expectation(index_usd=0.02))
    groups = {group.reason: (group.providers, group.would_cost) for group in lay_out(skipped, BEGAN).not_asked}
    assert groups == {"no key": (("b", "c"), ()), "a verified hit came first": (("a",), (("a", 0.02),))}


def test_code_quotes_what_a_contact_holds() -> None:
    code = submit_code("https://leadrun.example", {"last_name": 'O\'Hara "X"', "linkedin_url": "https://x.example"})
    assert """'{"lastName": "O'"'"'Hara""" in code["curl"]
    assert "last_name='O\\'Hara \"X\"'" in code["Python"]
    assert '"linkedInUrl": "https://x.example"' in code["TypeScript"]


async def test_the_page_shows_the_answer_and_every_call(stack: Stack) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    await record(
        stack.door, run, ("hunter", Miss()), ("prospeo", Failed(trouble=Trouble.TIMEOUT, reason="no answer in 8 s"))
    )
    async with stack.client(person) as client:
        before = (await client.get(f"/app/runs/{run}")).text
        assert "being looked for" in before
        assert f'data-live="/app/runs/{run}/changes"' in before
        await end_run(stack.door, run)
        after = (await client.get(f"/app/runs/{run}")).text
    assert "does not know" in after
    assert "no answer in 8 s" in after
    assert "confidence" in after
    assert "hx-trigger" not in after.split('id="run"')[1].split("<section")[0]


async def test_a_member_stops_a_run_and_a_viewer_may_not(stack: Stack) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    async with stack.client(person) as client:
        answer = await client.post(f"/app/runs/{run}/cancel", follow_redirects=True)
        assert "cancelled" in answer.text
        # It has ended meanwhile: the page says so, and nothing else happens.
        assert (await client.post(f"/app/runs/{run}/cancel", follow_redirects=True)).status_code == 200


async def test_filters_find_and_say_what_is_wrong(stack: Stack) -> None:
    person = await stack.person()
    moss, trenneman = await look_up(stack, person, "Moss", "Trenneman")
    async with stack.client(person) as client:

        async def listed(**query: str) -> list[str]:
            page = (await client.get("/app/runs", params=query)).text
            return [run for run in (moss, trenneman) if f"/app/runs/{run}" in page]

        assert await listed() == [moss, trenneman]
        assert await listed(q="trenn") == [trenneman]
        assert await listed(q=moss) == [moss]
        assert await listed(result="found", domain="acme.example", status="completed") == [moss, trenneman]
        assert await listed(result="not_found") == []
        assert await listed(after=moss) == []
        assert await listed(status="nonsense", after="nonsense", key="\0") == [moss, trenneman]
        before, after = (f"{stack.services.now().date() + timedelta(days=days)}" for days in (-1, 1))
        assert await listed(since=before, until=after) == [moss, trenneman]
        assert await listed(since=after) == await listed(until=before) == []
        for day in ("28.11.2026", "2026-02-30", "0001-01-01", "9999-12-31", "x"):
            assert "is no day; write one like" in (await client.get("/app/runs", params={"since": day})).text
        wrong = (await client.get("/app/runs", params={"q": "x", "domain": "not a domain"})).text
        assert "Search for 2 to 100 characters." in wrong
        assert "is no company" in wrong


async def test_runs_of_others_are_not_there(stack: Stack) -> None:
    person = await stack.person()
    (run,) = await look_up(stack, person, "Moss")
    for other in (await stack.person(), await stack.person(account=person.account, mode=Mode.TEST)):
        async with stack.client(other) as client:
            assert run not in (await client.get("/app/runs")).text
            assert (await client.get(f"/app/runs/{run}")).status_code == 404
            assert (await client.post(f"/app/runs/{run}/cancel")).status_code in {403, 404}


async def _in_browser(browser: Browser, stack: Stack, person: Person, run: str, look: str) -> list[str]:
    context = await enter(browser, stack, person, viewport=ViewportSize(width=390, height=800), color_scheme=look)
    wrong = watch(context)
    page = await context.new_page()
    for path in ("/app/runs", f"/app/runs/{run}"):
        await page.goto(path)
        await check_page(page)
        await page.set_viewport_size(ViewportSize(width=1280, height=900))
        await check_page(page)
    await page.goto("/app/runs")
    await page.keyboard.press("/")
    await page.keyboard.type("Moss")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**q=Moss**")
    await page.get_by_label("Result").select_option("found")
    await page.wait_for_url("**result=found**")
    await page.get_by_role("link", name="Jane Moss").click()
    await page.get_by_role("heading", name="Cascade").wait_for()
    await context.close()
    return wrong


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_pages_have_no_barrier_and_fit(browser: Browser, stack: Stack, look: str) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    await record(stack.door, run, ("hunter", Miss()))
    await end_run(stack.door, run)
    assert await _in_browser(browser, stack, person, run, look) == []


async def test_a_run_that_goes_on_is_shown_as_it_ends(browser: Browser, stack: Stack) -> None:
    person = await stack.person()
    (run,) = await submit(stack, person, "Moss")
    context = await enter(browser, stack, person)
    page = await context.new_page()
    await page.goto(f"/app/runs/{run}")
    await page.get_by_text("being looked for").wait_for()
    stop = page.get_by_role("button", name="Stop")
    assert await stop.count() == 1
    await end_run(stack.door, run)
    await page.get_by_text("confidence").wait_for()
    await stop.wait_for(state="detached")
    await context.close()


async def test_a_run_of_a_job_names_it_and_one_of_a_list_leads_there(stack: Stack) -> None:
    person = await stack.person()
    key = await stack.door.key(person.account, amount=100)
    contact = {"first_name": "Jane", "last_name": "Moss", "domain": "acme.example"}
    async with stack.door.client(key) as api:
        batch = (await api.post("/api/v1/batches", json=[contact])).json()["id"]
    await admit_batch(stack.services, UUID(batch), after=-1, limit=5)
    ((run,),) = stack.door.sql("SELECT id FROM runs WHERE job_id = %s", batch)
    async with stack.client(person) as client:
        assert f'href="/app/lists/{batch}"' in (await client.get(f"/app/runs/{run}")).text
        stack.door.sql("UPDATE jobs SET kind = %s WHERE id = %s", JobKind.JOB, batch)
        page = (await client.get(f"/app/runs/{run}")).text
    assert "<dt>job</dt>" in page
    assert f'href="/app/lists/{batch}"' not in page


async def test_runs_that_share_a_look_up_are_shown_with_the_one_that_began_it(stack: Stack) -> None:
    person = await stack.person()
    (began,) = await submit(stack, person, "Moss")
    async with stack.client(person) as client:
        assert "share this look-up" not in (await client.get(f"/app/runs/{began}")).text
        joined, other = await submit(stack, person, "Moss", "Trenneman")
        for run in (began, joined):
            page = (await client.get(f"/app/runs/{run}")).text
            table = page.split("share this look-up")[1].split("</table>")[0]
            first, second = table.split("<tbody>")[1].split("</tr>")[:2]
            assert f"/app/runs/{began}" in first
            assert "began it" in first
            assert f"/app/runs/{joined}" in second
            assert "joined" in second
            assert ("this run" in first, "this run" in second) == (run == began, run == joined)
            assert other not in table
        await end_run(stack.door, began)
        page = (await client.get(f"/app/runs/{joined}")).text
        rows = page.split("share this look-up")[1].split("<tbody>")[1].split("</tr>")[:2]
        assert [row.split('data-label="credits">')[1].split("<")[0] for row in rows] == ["1", "0"]
        assert "share this look-up" not in (await client.get(f"/app/runs/{other}")).text


async def test_many_joined_runs_are_bounded_and_fit(browser: Browser, stack: Stack) -> None:
    person = await stack.person()
    (began,) = await submit(stack, person, "Moss")
    await submit(stack, person, *["Moss"] * 20)
    context = await enter(browser, stack, person, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto(f"/app/runs/{began}")
    await page.get_by_text("These are the first 20; more joined after them.").wait_for()
    await check_page(page)
    await page.set_viewport_size(ViewportSize(width=1280, height=900))
    await check_page(page)
    await context.close()
    assert wrong == []
