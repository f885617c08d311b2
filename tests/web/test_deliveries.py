"""Deliveries in the app: looked into, filtered, and sent again."""

import re
from html import unescape

from app.web.webhooks.webhooks import PAGE_DELIVERIES
from tests.web.endpoints import fail, listed, make, ping
from tests.web.stack import Stack


async def test_what_failed_is_sent_again_since_a_time(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        first, second = await make(client), await make(client)
        failed = [await ping(client, first), await ping(client, second)]
        await ping(client, first)
        for path in failed:
            fail(stack, path)
        ids = [path.rsplit("/", 1)[-1] for path in failed]
        recover = "/app/webhooks/recover"
        only = await client.post(recover, data={"hours": "335", "endpoint": first.rsplit("/", 1)[-1]})
        assert "1 delivery is sent once more" in only.text
        assert stack.door.sql("SELECT state FROM deliveries WHERE id = %s", ids[1]) == [("failed",)]
        assert "1 delivery is sent once more" in (await client.post(recover, data={"hours": "1"})).text
        assert stack.door.sql("SELECT count(*) FROM deliveries WHERE id = ANY(%s) AND state = 'pending'", ids) == [(2,)]
        assert "0 deliveries are sent once more" in (await client.post(recover, data={"hours": "1"})).text
        for hours in ("", "0", "336", "soon"):
            assert (await client.post(recover, data={"hours": hours})).status_code == 422
        assert (await client.post(recover, data={"hours": "1", "endpoint": "x"})).status_code == 404
        await client.post(f"{first}/disable")
        refused = await client.post(recover, data={"hours": "1", "endpoint": first.rsplit("/", 1)[-1]})
        assert (refused.status_code, "The endpoint is disabled" in refused.text) == (422, True)


async def test_a_delivery_shows_its_attempts_and_is_sent_again(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        endpoint = await make(client)
        path = await ping(client, endpoint)
        assert "None yet" in (await client.get(path)).text
        fail(stack, path)
        page = (await client.get(path)).text
        for text in ("gave up", "500", "1,234 ms", "the receiver answered 500", "&lt;b&gt;no&lt;/b&gt;"):
            assert text in page
        assert "&#34;type&#34;: &#34;webhook.ping&#34;" in page
        assert (await client.post(f"{path}/redeliver")).status_code == 303
        assert "pending" in (await client.get(path)).text
        stack.door.sql("UPDATE deliveries SET expunged_at = now(), body = '' WHERE id = %s", path.rsplit("/", 1)[-1])
        page = (await client.get(path)).text
        assert ("What is sent" in page, "it cannot be sent again" in page) == (False, True)
        stack.door.sql("UPDATE deliveries SET expunged_at = NULL WHERE id = %s", path.rsplit("/", 1)[-1])
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
