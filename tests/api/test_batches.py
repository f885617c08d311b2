"""Uploads of many contacts: formats, bad rows, money, idempotency, and what can be asked of a batch."""

import csv
import io
import json
from typing import Any

import httpx
import msgspec
import pytest

from app.dialects.batches.schemas import BatchAcceptedBody, BatchBody
from app.domain.vocabulary import Mode
from tests.api.checks import limited, problem
from tests.api.door import Door, new_id, opened
from tests.api.ending import end_run

CSV = "text/csv"
TABLE = "first_name,last_name,domain,note\r\nJane,Smith,acme.example,first\r\nJohn,Doe,umbrella.example,second\r\n"
PEOPLE: list[dict[str, object]] = [
    {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example", "note": "first"},
    {"firstName": "John", "lastName": "Doe", "companyDomain": "umbrella.example", "crm": {"id": 7}},
]


async def upload(client: httpx.AsyncClient, body: str | bytes, kind: str = CSV, **query: Any) -> httpx.Response:
    return await client.post("/api/v1/batches", content=body, params=query, headers={"content-type": kind})


async def accepted(client: httpx.AsyncClient, body: str | bytes, kind: str = CSV, **query: Any) -> dict[str, Any]:
    answer = await upload(client, body, kind, **query)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("application/json", json.dumps({"contacts": PEOPLE}), id="json"),
        pytest.param("application/x-ndjson", "\n".join(map(json.dumps, PEOPLE)), id="ndjson"),
        pytest.param("application/jsonl", "\n\n".join(map(json.dumps, PEOPLE)) + "\n", id="jsonl-with-empty-lines"),
        pytest.param("text/csv; charset=UTF-8", TABLE, id="csv"),
    ],
)
async def test_each_format_makes_a_batch(door: Door, client: httpx.AsyncClient, kind: str, body: str) -> None:
    answer = await upload(client, body, kind)
    assert answer.status_code == 201, answer.text
    limited(answer)
    made = answer.json()
    assert answer.headers["location"].endswith(made["id"])
    assert (made.pop("estimated_seconds") >= 1, made.pop("mode")) == (True, "live")
    assert made.pop("reading")["columns_used"][0] == {"column": "first_name", "fills": "first_name"}
    assert made == {
        "id": made["id"],
        "status": "processing",
        "total": 2,
        "accepted": 2,
        "rejected": 0,
        "errors": [],
        "credits_reserved": 2,
    }
    shown = (await client.get(answer.headers["location"])).json()
    assert (shown["total"], shown["completed"], shown["credits_reserved"], shown["credits_used"]) == (2, 0, 2, 0)
    assert shown["results_url"] is None
    assert msgspec.json.decode(json.dumps(shown), type=BatchBody).total == 2
    assert msgspec.json.decode(answer.content, type=BatchAcceptedBody).accepted == 2
    assert (await client.get("/api/v1/credits")).json() == {"balance": 998, "total_earned": 1000, "total_spent": 2}
    names = door.sql("SELECT contact ->> 'first_name' FROM job_rows ORDER BY position")
    assert names == [("Jane",), ("John",)]


async def test_bad_rows_are_told_by_row_and_line_and_do_not_stop_the_rest(client: httpx.AsyncClient) -> None:
    table = 'first_name,domain\r\nJane,acme.example\r\n"\n",nonsense\r\n\r\nJohn,acme.example,more\r\n,\r\n'
    made = await accepted(client, table)
    assert (made["total"], made["accepted"], made["rejected"]) == (3, 1, 2)
    assert [(e["row"], e["line"], e["field"]) for e in made["errors"]] == [(2, 3, "domain"), (3, 6, "")]
    assert made["credits_reserved"] == 1
    shown = (await client.get(f"/api/v1/batches/{made['id']}")).json()
    assert shown["errors"] == made["errors"]
    assert (shown["completed"], shown["rejected"]) == (2, 2)


async def test_strict_refuses_all_and_keeps_nothing(door: Door, client: httpx.AsyncClient) -> None:
    body = problem(
        await upload(client, "first_name,domain\nJane,acme.example\nJohn,nonsense\n", strict="true"),
        400,
        "invalid-input",
        "errors",
    )
    assert [error["field"] for error in body["errors"]] == ["row 2 (line 3): domain"]
    assert door.sql("SELECT count(*) FROM jobs") == [(0,)]
    assert door.sql("SELECT count(*) FROM job_rows") == [(0,)]


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        pytest.param(CSV, b"", "is empty", id="csv-empty"),
        pytest.param(CSV, b"\xef\xbb\xbf", "is empty", id="csv-only-a-mark"),
        pytest.param(CSV, b"first_name,domain\r\n", "no row", id="csv-only-header"),
        pytest.param(CSV, b"a,b\r\n1,2\r\n", "expected is at least one of first_name", id="csv-no-usable-column"),
        pytest.param(CSV, b'first_name\r\n"Jane\r\n', "line 2: a cell", id="csv-open-quote"),
        pytest.param(CSV, "名字\r\n张伟\r\n".encode("gbk"), "do not show its encoding", id="csv-no-encoding"),
        pytest.param("application/x-ndjson", b"", "no row", id="ndjson-empty"),
        pytest.param("application/x-ndjson", b"3\n", "must be a JSON object", id="ndjson-no-good-row"),
        pytest.param("application/json", b"", "not valid JSON", id="json-empty"),
        pytest.param("application/json", b'{"contacts": 3}', "array", id="json-no-array"),
        pytest.param("application/json", b'{"contacts": [], "strict": 1}', "true or false", id="json-wrong-option"),
        pytest.param("application/json", b'{"contacts": [{"domain": NaN}]}', "not valid JSON", id="json-nan"),
    ],
)
async def test_what_cannot_be_a_batch_is_refused(
    door: Door, client: httpx.AsyncClient, kind: str, body: bytes, said: str
) -> None:
    answer = await upload(client, body, kind)
    told = problem(answer, 400, "invalid-input", "errors")
    assert said in told["detail"] + json.dumps(told["errors"])
    assert door.sql("SELECT count(*) FROM jobs") == [(0,)]
    # A refused upload takes no place of the rate limit.
    assert answer.headers["x-ratelimit-remaining"] == "60"


async def test_another_media_type_is_refused(client: httpx.AsyncClient) -> None:
    problem(await upload(client, "x", "image/png"), 415, "unsupported-media-type")
    problem(await upload(client, "x", "text/csv; charset=utf-7"), 415, "unsupported-media-type")
    problem(await upload(client, "{}", "application/x-ndjson; charset=latin1"), 415, "unsupported-media-type")


async def test_too_few_credits_refuse_the_whole_and_keep_nothing(door: Door) -> None:
    async with door.client(await door.key("poor", amount=1)) as client:
        body = problem(await upload(client, TABLE), 402, "insufficient-credits", "creditsRequired", "creditsAvailable")
        assert (body["creditsRequired"], body["creditsAvailable"]) == (2, 1)
        assert (await client.get("/api/v1/credits")).json()["balance"] == 1
    assert door.sql("SELECT count(*) FROM jobs") == [(0,)]


async def test_the_price_follows_key_and_fields_and_test_mode_is_free(door: Door) -> None:
    async with door.client(await door.key("sonar", plan="leadsonar")) as client:
        assert (await accepted(client, TABLE, fields="email,phone"))["credits_reserved"] == 12
        assert (await accepted(client, TABLE, enrichmentType="phone"))["credits_reserved"] == 10
    async with door.client(await door.key("sonar", plan="leadsonar", mode=Mode.TEST, amount=0)) as client:
        assert (await accepted(client, TABLE, fields="email,phone"))["credits_reserved"] == 0


async def test_duplicates_and_cached_rows_are_reserved_for_once_and_not_at_all(
    door: Door, client: httpx.AsyncClient
) -> None:
    jane = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"}
    run = (await client.post("/api/v1/enrich", json=jane)).json()
    await end_run(door, run["runId"])
    table = TABLE + "JOHN,doe,www.umbrella.example,again\r\n"
    assert (await accepted(client, table))["credits_reserved"] == 1
    assert (await accepted(client, table, force_refresh="true"))["credits_reserved"] == 2


async def test_the_same_upload_with_the_same_key_is_one_batch(door: Door, client: httpx.AsyncClient) -> None:
    headers = {"content-type": CSV, "idempotency-key": "import-1"}
    first = await client.post("/api/v1/batches", content=TABLE, headers=headers)
    again = await client.post("/api/v1/batches", content=TABLE, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post("/api/v1/batches", content=TABLE, headers=headers, params={"strict": "true"})
    problem(other, 422, "idempotency-mismatch")
    assert door.sql("SELECT count(*) FROM jobs") == [(1,)]


async def test_an_upload_counts_as_one_request(door: Door) -> None:
    key = await door.key("fast", rate_limit=2)
    async with door.client(key) as client:
        for _ in range(2):
            await accepted(client, TABLE)
        answer = await upload(client, TABLE)
        problem(answer, 429, "quota-exceeded", "limit", "windowSeconds", "retryAfter")
        assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_batches_are_listed_newest_first_page_by_page_and_only_to_their_owner(
    door: Door, client: httpx.AsyncClient
) -> None:
    made = [(await accepted(client, TABLE))["id"] for _ in range(3)]
    first = (await client.get("/api/v1/batches", params={"limit": 2})).json()
    rest = (await client.get("/api/v1/batches", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [batch["id"] for batch in first["batches"] + rest["batches"]] == made[::-1]
    assert rest["next_cursor"] is None
    async with door.client(await door.key("other")) as other:
        assert (await other.get("/api/v1/batches")).json()["batches"] == []
        for path in (made[0], f"{made[0]}/results", new_id()):
            problem(await other.get(f"/api/v1/batches/{path}"), 404, "not-found")
        problem(await other.post(f"/api/v1/batches/{made[0]}/cancel"), 404, "not-found")


async def test_cancelling_before_anything_began_gives_everything_back(client: httpx.AsyncClient) -> None:
    made = await accepted(client, TABLE)
    path = f"/api/v1/batches/{made['id']}"
    answer = await client.post(f"{path}/cancel")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["status"], body["credits_reserved"], body["credits_used"]) == ("cancelled", 0, 0)
    assert body["results_url"] == f"{path}/results"
    assert (await client.get("/api/v1/credits")).json() == {"balance": 1000, "total_earned": 1000, "total_spent": 0}
    problem(await client.post(f"{path}/cancel"), 409, "already-ended")
    rows = (await client.get(f"{path}/results")).json()["results"]
    assert [row["status"] for row in rows] == ["cancelled", "cancelled"]


async def test_results_keep_the_columns_and_come_in_the_format_that_is_asked_for(client: httpx.AsyncClient) -> None:
    table = "\ufeffFirst Name;domain;email;note;note\r\nJané;acme.example;old@acme.example;=1+1;+15555550123\r\n;?\r\n"
    made = await accepted(client, table.encode())
    path = f"/api/v1/batches/{made['id']}/results"
    answer = await client.get(path, params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, jane, bad = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert header[:5] == ["First Name", "domain", "email", "note", "note"]
    assert header[5:7] == ["leadrun_email", "email_status"]
    assert jane[:5] == ["Jané", "acme.example", "old@acme.example", "'=1+1", "+15555550123"]
    assert dict(zip(header[5:], bad[5:], strict=True))["status"] == "rejected"
    assert bad[:5] == ["", "?", "", "", ""]
    lines = (await client.get(path, headers={"accept": "application/x-ndjson"})).text.splitlines()
    first = json.loads(lines[0])
    assert list(first)[:6] == ["First Name", "domain", "email", "note", "note_2", "leadrun_email"]
    assert (first["note"], first["status"]) == ("=1+1", "pending")
    document = (await client.get(path)).json()
    assert document["results"] == [json.loads(line) for line in lines]
    problem(await client.get(path, headers={"accept": "image/png"}), 406, "not-acceptable")
    named = await client.get(path, params={"format": "csv"}, headers={"accept": "application/json"})
    assert named.content == answer.content
    problem(await client.get(path, params={"format": "pdf"}), 400, "invalid-input", "errors")
    problem(await client.get(path, params={"formulas": "yes", "bom": "1"}), 400, "invalid-input", "errors")


async def test_members_of_objects_come_back_in_their_order(client: httpx.AsyncClient) -> None:
    made = await accepted(client, json.dumps({"contacts": PEOPLE}), "application/json")
    path = f"/api/v1/batches/{made['id']}/results"
    rows = (await client.get(path)).json()["results"]
    assert list(rows[0])[:5] == ["first_name", "last_name", "domain", "note", "email"]
    assert list(rows[1])[:5] == ["firstName", "lastName", "companyDomain", "crm", "email"]
    header, _, john = csv.reader(io.StringIO((await client.get(path, params={"format": "csv"})).text))
    assert header[:8] == ["first_name", "last_name", "domain", "note", *PEOPLE[1]]
    assert john[:8] == ["", "", "", "", "John", "Doe", "umbrella.example", '{"id": 7}']


async def test_without_a_worker_nothing_is_lost(settings: Any) -> None:
    with opened(settings) as door:
        async with door.client(await door.key()) as client:
            made = await accepted(client, TABLE)
    with opened(settings) as door:
        async with door.client(await door.key("acme", amount=0)) as client:
            assert (await client.get(f"/api/v1/batches/{made['id']}")).json()["status"] == "processing"
