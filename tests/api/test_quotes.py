"""POST /quotes says what a list is expected to come to, and spends nothing."""

import httpx

from app.domain.vocabulary import Mode
from tests.api.door import PERSON, Door
from tests.api.ending import end_open, spent
from tests.api.test_service import conforms

QUOTES = "/api/v1/quotes"
ROWS = [{"first_name": "Jane", "last_name": f"Smith{n}", "domain": "acme.example"} for n in range(20)]


async def test_a_list_is_quoted_and_nothing_is_spent(door: Door, client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/enrich", json=PERSON | {"lastName": "Smith0"})
    assert await end_open(door) == 1
    answer = await client.post(QUOTES, json={"contacts": [*ROWS, ROWS[1]]})
    assert answer.status_code == 200, answer.text
    quote = answer.json()
    conforms("Quote", quote)
    assert (quote["accepted"], quote["duplicates"], quote["answered"]) == (21, 1, 1)
    # No provider is configured: nothing more is found, and what nobody can be asked for costs nothing.
    assert quote["found"] == {"expected": 1, "low": 1, "high": 1}
    assert quote["cost_usd"] == {"expected": 0, "low": 0, "high": 0}
    assert quote["credits"] == {"expected": 0, "at_most": 20}
    assert await spent(client) == 1
    assert (await client.get("/api/v1/batches")).json()["batches"] == []


async def test_a_quote_with_a_test_key_is_that_of_the_sandbox(door: Door) -> None:
    async with door.client(await door.key(mode=Mode.TEST)) as tester:
        answer = await tester.post(QUOTES, json=ROWS, params={"fields": "email,phone"})
        conforms("Quote", answer.json())
        assert answer.json()["credits"] == {"expected": 0, "at_most": 0}


async def test_what_is_wrong_with_a_list_is_named_as_by_a_preview(client: httpx.AsyncClient) -> None:
    answer = await client.post(QUOTES, json=ROWS, params={"fields": "fax"})
    assert answer.status_code == 400
