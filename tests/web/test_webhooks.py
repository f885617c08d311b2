"""Webhooks in the app: endpoints made, changed, tested, paused, removed; deliveries looked into and sent again."""

import re
from html import unescape

import httpx
import pytest
from playwright.async_api import Browser, ViewportSize
from standardwebhooks import Webhook

from app.domain.people.role import Role
from app.domain.webhooks.endpoint import MAX_ENDPOINTS
from app.web.webhooks.endpoint_form import CHOSEN_AT_FIRST
from app.web.webhooks.verify_code import PYTHON
from app.web.webhooks.webhooks import PAGE_DELIVERIES
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Stack

# An address, so that no name is resolved; nothing is sent, for no dispatcher runs.
URL = "https://9.9.9.9/hook"
GIVEN = {"url": URL, "events": list(CHOSEN_AT_FIRST), "description": "the CRM"}


async def make(client: httpx.AsyncClient) -> str:
    """Make an endpoint; returns the path of its page."""
    answer = await client.post("/app/webhooks/endpoints", data=GIVEN)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def ping(client: httpx.AsyncClient, endpoint: str) -> str:
    """Ask for a test event; returns the path of its delivery."""
    answer = await client.post(f"{endpoint}/test")
    assert answer.status_code == 303
    return answer.headers["location"]


async def listed(client: httpx.AsyncClient, page: str) -> list[str]:
    """List the paths of the deliveries that a page shows."""
    return re.findall(r'href="(/app/webhooks/deliveries/[^"]+)"', (await client.get(page)).text)


def fail(stack: Stack, delivery: str) -> None:
    """End a delivery as failed after one try, as a dispatcher does."""
    delivery_id = delivery.rsplit("/", 1)[-1]
    stack.door.sql(
        "INSERT INTO delivery_attempts (delivery_id, number, started_at, latency_ms, http_status, error, answer)"
        " VALUES (%s, 1, now(), 1234, 500, 'the receiver answered 500', '<b>no</b>')",
        delivery_id,
    )
    stack.door.sql(
        "UPDATE deliveries SET state = 'failed', due_at = NULL, ended_at = now(), reason = 'gave up' WHERE id = %s",
        delivery_id,
    )


async def test_an_endpoint_is_made_changed_paused_and_removed(stack: Stack) -> None:
    async with stack.client(await stack.person(Role.MEMBER)) as client:
        assert "No live endpoint yet" in (await client.get("/app/webhooks")).text
        path = await make(client)
        endpoint_id = path.rsplit("/", 1)[-1]
        assert stack.door.sql("SELECT events, enabled FROM webhook_endpoints WHERE id = %s", endpoint_id) == [
            ([], True)
        ]
        changed = {"url": f"{URL}/2", "events": ["endpoint.disabled", "contact.completed"], "description": "ours"}
        assert (await client.post(path, data=changed)).status_code == 303
        stored = stack.door.sql("SELECT url, events, description FROM webhook_endpoints WHERE id = %s", endpoint_id)
        assert stored == [(f"{URL}/2", ["contact.completed", "endpoint.disabled"], "ours")]
        table = (await client.get("/app/webhooks")).text
        assert f"{URL}/2" in table
        assert "contact.completed, endpoint.disabled" in table
        assert (await client.post(f"{path}/disable")).status_code == 303
        assert "disabled by its account" in (await client.get(path)).text
        assert (await client.post(f"{path}/enable", data={"replay": "on"})).status_code == 303
        assert "disabled by its account" not in (await client.get(path)).text
        wrong = await client.post(f"{path}/remove", data={"confirm": "another"})
        assert (wrong.status_code, "Not removed" in wrong.text) == (422, True)
        assert (await client.post(f"{path}/remove", data={"confirm": "9.9.9.9"})).status_code == 303
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("url", "http://127.0.0.1/", "LEADRUN_WEBHOOK_ALLOW_PRIVATE"),
        ("url", "", "not be empty"),
        ("events", [], "choose what is sent"),
        ("events", ["webhook.ping"], "choose what is sent"),
        ("events", ["run.done"], "be among"),
        ("description", "x" * 501, "at most 500"),
    ],
    ids=["private", "no URL", "no event", "a ping", "another word", "long"],
)
async def test_what_is_wrong_stands_at_the_field(stack: Stack, field: str, value: object, fault: str) -> None:
    async with stack.client(await stack.person()) as client:
        path = await make(client)
        for action in ("/app/webhooks/endpoints", path):
            answer = await client.post(action, data={**GIVEN, field: value})
            assert answer.status_code == 422
            assert fault in answer.text
    assert stack.door.sql("SELECT url FROM webhook_endpoints WHERE id = %s", path.rsplit("/", 1)[-1]) == [(URL,)]


async def test_one_endpoint_more_than_there_may_be_is_refused(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        for _ in range(MAX_ENDPOINTS):
            await make(client)
        answer = await client.post("/app/webhooks/endpoints", data=GIVEN)
    assert answer.status_code == 422
    assert f"may have {MAX_ENDPOINTS} webhook endpoints" in answer.text


async def test_the_secret_is_shown_on_demand_and_rotated(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        path = await make(client)
        assert "whsec_" not in (await client.get(path)).text
        (first,) = set(re.findall(r"whsec_[\w+/=]+", (await client.post(f"{path}/secret")).text))
        rotated = (await client.post(f"{path}/secret/rotate")).text
        assert first in rotated
        assert len(set(re.findall(r"whsec_[\w+/=]+", rotated))) == 2
        assert "whsec_" not in (await client.get(path)).text


async def test_the_code_verifies_what_is_signed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stack.client(await stack.person()) as client:
        path = await make(client)
        page = await client.post(f"{path}/secret")
    assert "npm install standardwebhooks" in page.text
    secret = re.findall(r"whsec_[\w+/=]+", page.text)[0]
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    made: dict[str, object] = {}
    exec(PYTHON, made)  # noqa: S102 - our own text
    read, now = made["read_event"], stack.services.now()
    assert callable(read)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, '{"type":"webhook.ping"}'),
    }
    assert read(b'{"type":"webhook.ping"}', headers) == {"type": "webhook.ping"}
    with pytest.raises(Exception, match="signature"):
        read(b'{"type":"another"}', headers)


async def test_a_delivery_shows_its_attempts_and_is_sent_again(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        endpoint = await make(client)
        path = await ping(client, endpoint)
        assert "None yet" in (await client.get(path)).text
        fail(stack, path)
        page = (await client.get(path)).text
        for text in ("gave up", "500", "1,234 ms", "the receiver answered 500", "&lt;b&gt;no&lt;/b&gt;"):
            assert text in page
        assert (await client.post(f"{path}/redeliver")).status_code == 303
        assert "pending" in (await client.get(path)).text
        await client.post(f"{endpoint}/remove", data={"confirm": "9.9.9.9"})
        refused = await client.post(f"{path}/redeliver")
    assert refused.status_code == 422
    assert "The endpoint of this delivery was deleted" in refused.text


async def test_deliveries_are_filtered_in_the_address_and_come_page_by_page(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        first, second = await make(client), await make(client)
        paths = [await ping(client, first) for _ in range(PAGE_DELIVERIES)]
        paths.append(await ping(client, second))
        fail(stack, paths[0])
        assert await listed(client, "/app/webhooks?state=failed") == [paths[0]]
        assert await listed(client, f"/app/webhooks?endpoint={second.rsplit('/', 1)[-1]}") == [paths[-1]]
        assert "No delivery fits" in (await client.get("/app/webhooks?state=delivered")).text
        page = (await client.get("/app/webhooks?state=nonsense")).text
        (older,) = re.findall(r'href="([^"]+)" rel="next"', page)
        assert await listed(client, "/app/webhooks") == sorted(paths[1:], reverse=True)
        assert await listed(client, unescape(older)) == [paths[0]]


async def test_a_stranger_and_a_viewer_reach_nothing(stack: Stack) -> None:
    owner = await stack.person()
    async with stack.client(owner) as client:
        endpoint = await make(client)
        delivery = await ping(client, endpoint)
    actions = ["", "/test", "/enable", "/disable", "/secret", "/secret/rotate", "/remove"]
    changes = [*(f"{endpoint}{action}" for action in actions), f"{delivery}/redeliver"]
    async with stack.client(await stack.person()) as stranger:
        for path in (endpoint, delivery):
            assert (await stranger.get(path)).status_code == 404
        for path in changes:
            assert (await stranger.post(path, data={**GIVEN, "confirm": "9.9.9.9"})).status_code == 404, path
        table = (await stranger.get(f"/app/webhooks?endpoint={endpoint.rsplit('/', 1)[-1]}")).text
        assert delivery not in table
    async with stack.client(await stack.person(Role.VIEWER, account=owner.account)) as viewer:
        shown = await viewer.get(endpoint)
        assert (shown.status_code, '<form method="post" action="' + endpoint in shown.text) == (200, False)
        for path in changes:
            assert (await viewer.post(path)).status_code == 403, path


@pytest.mark.parametrize("width", [390, 1280])
async def test_an_endpoint_is_made_and_tested_in_a_browser(browser: Browser, stack: Stack, width: int) -> None:
    context = await enter(browser, stack, await stack.person(), viewport=ViewportSize(width=width, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/webhooks")
    await page.get_by_role("link", name="Add endpoint").click()
    await check_page(page)
    await page.get_by_label("URL").fill(f"{URL}/{'a-long-path' * 20}")
    await page.get_by_role("button", name="Add endpoint").click()
    await page.get_by_role("button", name="Show the secret").click()
    await page.get_by_text("whsec_").first.wait_for()
    await check_page(page)
    await page.get_by_role("button", name="Remove").click()
    await check_page(page)
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Send a test event").click()
    await page.get_by_text("None yet").wait_for()
    fail(stack, page.url)
    await page.get_by_text("the receiver answered 500").wait_for()
    await check_page(page)
    await page.goto("/app/webhooks")
    await check_page(page)
    await page.get_by_label("State").select_option("delivered")
    await page.get_by_text("No delivery fits").wait_for()
    assert "state=delivered" in page.url
    await context.close()
    assert wrong == []
