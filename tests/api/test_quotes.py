"""POST /quotes says what a list is expected to come to, and spends nothing; batches refer to quotes."""

from datetime import timedelta

import httpx

from app.domain.planning.quote_terms import MOST_QUOTES, QUOTE_DAYS
from app.domain.runs.batch import MAX_DUPLICATES
from app.domain.vocabulary import Mode
from app.usecases.batches.admit import admit_batch
from app.usecases.batches.compare_quotes import compare_quotes
from tests.api.checks import problem
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
    assert quote["credits"] == {"expected": 0, "low": 0, "high": 0, "at_most": 20}
    assert await spent(client) == 1
    assert (await client.get("/api/v1/batches")).json()["batches"] == []


async def test_a_quote_with_a_test_key_is_that_of_the_sandbox(door: Door) -> None:
    async with door.client(await door.key(mode=Mode.TEST)) as tester:
        answer = await tester.post(QUOTES, json=ROWS, params={"fields": "email,phone"})
        conforms("Quote", answer.json())
        assert answer.json()["credits"] == {"expected": 0, "low": 0, "high": 0, "at_most": 0}


async def test_what_is_wrong_with_a_list_is_named_as_by_a_preview(client: httpx.AsyncClient) -> None:
    answer = await client.post(QUOTES, json=ROWS, params={"fields": "fax"})
    assert answer.status_code == 400


async def quoted(client: httpx.AsyncClient, rows: list[dict[str, str]]) -> str:
    answer = await client.post(QUOTES, json=rows)
    return str(answer.json()["quote_id"])


async def test_a_batch_that_refers_to_its_quote_is_compared_with_it_when_it_ends(
    door: Door, client: httpx.AsyncClient
) -> None:
    sent = await client.post("/api/v1/batches", json=ROWS, params={"quoteId": await quoted(client, ROWS)})
    assert sent.status_code == 201, sent.text
    async with door.services() as services:
        ((batch_id,),) = door.sql("SELECT job_id FROM quoted_jobs")
        assert await compare_quotes(services) == 0
        assert await admit_batch(services, batch_id, after=-1, limit=100)
        assert await end_open(door) == len(ROWS)
        assert await compare_quotes(services) == 1
    answer = await client.get("/api/v1/statistics/quotes")
    assert answer.status_code == 200, answer.text
    conforms("QuoteStatistics", answer.json())
    # Nothing was expected to be found, as no provider is configured here, and the played worker found all.
    found = {"lists": 1, "inside": 0, "below": 0, "above": 1, "coverage": 0}
    assert (answer.json()["found"], answer.json()["credits"]) == (found, found)
    assert answer.json()["costUsd"] == {"lists": 1, "inside": 1, "below": 0, "above": 0, "coverage": 1}


async def test_copies_that_are_more_than_a_batch_may_hold_were_quoted_too(client: httpx.AsyncClient) -> None:
    rows = [ROWS[0]] * (MAX_DUPLICATES + 1)
    sent = await client.post("/api/v1/batches", json=rows, params={"quoteId": await quoted(client, rows)})
    assert sent.status_code == 201, sent.text
    assert sent.json()["rejected"] == 1


async def test_only_the_quote_of_the_same_list_is_taken_for_so_many_days(door: Door, client: httpx.AsyncClient) -> None:
    quote_id = await quoted(client, ROWS)
    for rows, query, member, says in (
        (ROWS[:5], {"quote_id": quote_id}, "quote_id", "is the quote of 20 contacts for email; quote this list"),
        (ROWS, {"quote_id": quote_id, "fields": "phone"}, "quote_id", "is the quote of 20 contacts for email"),
        (ROWS, {"quote_id": "mine"}, "quote_id", "must be the quote_id of a quote"),
        (ROWS, {"stop_at_quote": "true"}, "stop_at_quote", "needs quote_id, which says where to stop"),
    ):
        answer = await client.post("/api/v1/batches", json=rows, params=query)
        [fault] = problem(answer, 400, "invalid-input", "errors")["errors"]
        assert fault["field"] == member
        assert fault["message"].startswith(says)
    door.sql("UPDATE quotes SET created_at = created_at - %s", timedelta(days=QUOTE_DAYS))
    answer = await client.post("/api/v1/batches", json=ROWS, params={"quote_id": quote_id})
    [fault] = problem(answer, 400, "invalid-input", "errors")["errors"]
    assert fault["message"] == "is no quote of the last 30 days; quote the list again"
    assert (await client.get("/api/v1/batches")).json()["batches"] == []


async def test_the_oldest_quotes_of_an_account_go(door: Door, client: httpx.AsyncClient) -> None:
    await quoted(client, ROWS)
    door.sql(
        "INSERT INTO quotes (id, account_id, mode, type, contacts, terms, created_at) SELECT "
        "('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, account_id, mode, type, contacts, terms, "
        "created_at FROM quotes, generate_series(1, %s) n",
        MOST_QUOTES + 5,
    )
    await quoted(client, ROWS)
    assert door.sql("SELECT count(*) FROM quotes") == [(MOST_QUOTES,)]
