"""Endpoints in the app: made, changed, tested, paused, removed."""

import re

import pytest
from playwright.async_api import Browser, ViewportSize
from standardwebhooks import Webhook

from app.domain.people.role import Role
from app.domain.webhooks.endpoint import MAX_ENDPOINTS
from app.web.webhooks.verify_code import PYTHON
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.endpoints import GIVEN, URL, fail, make, ping
from tests.web.stack import Stack


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
        ("rate_limit", "0", "from 1 to 1000"),
        ("headers", "X-Team revenue", "X-Team revenue is not the name of a header"),
        ("headers", "X-Team: a\nx-team: b", "X-team is named twice"),
        ("headers", "Host: acme.example", "Host is a header that deliveries set themselves"),
        ("headers", "\n".join(f"X-{number}: a" for number in range(21)), "at most 20 headers"),
    ],
    ids=[
        *("private", "no URL", "no event", "a ping", "another word", "long", "no rate"),
        *("no colon", "twice", "ours", "many"),
    ],
)
async def test_what_is_wrong_stands_at_the_field(stack: Stack, field: str, value: object, fault: str) -> None:
    async with stack.client(await stack.person()) as client:
        path = await make(client)
        for action in ("/app/webhooks/endpoints", path):
            answer = await client.post(action, data={**GIVEN, field: value})
            assert answer.status_code == 422
            assert fault in answer.text
    assert stack.door.sql("SELECT url FROM webhook_endpoints WHERE id = %s", path.rsplit("/", 1)[-1]) == [(URL,)]


async def test_an_endpoint_has_a_rate_and_headers_whose_values_stay_hidden(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        sent = GIVEN | {"rate_limit": "25", "headers": "X-Team: revenue\n\nAuthorization:  Bearer hush "}
        path = (await client.post("/app/webhooks/endpoints", data=sent)).headers["location"]
        owner = stack.door.sql("SELECT rate_limit FROM webhook_endpoints WHERE id = %s", path.rsplit("/", 1)[-1])
        assert owner == [(25,)]
        page = (await client.get(path)).text
        assert ("X-Team, Authorization" in page, "hush" in page, 'value="25"' in page) == (True, False, True)
        # What is left empty: no rate any more, and the headers as they are.
        assert (await client.post(path, data=GIVEN)).status_code == 303
        page = (await client.get(path)).text
        assert ("X-Team, Authorization" in page, 'value="25"' in page) == (True, False)
        assert (await client.post(path, data=GIVEN | {"headers": "X-Other: 1"})).status_code == 303
        page = (await client.get(path)).text
        assert ("X-Other" in page, "Authorization" in page) == (True, False)
        assert (await client.post(path, data=GIVEN | {"no_headers": "on"})).status_code == 303
        assert "X-Other" not in (await client.get(path)).text


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
    await page.goto("/app/webhooks")
    await page.get_by_role("button", name="Send again what failed").click()
    await check_page(page)
    await page.get_by_role("dialog").get_by_role("button", name="Send again").click()
    await page.get_by_text("1 delivery is sent once more").wait_for()
    await check_page(page)
    await context.close()
    assert wrong == []
