"""Refusals and warnings are no larger than a person reads, whatever the request holds, and cost no more."""

import json
from typing import Any

import httpx

from app.domain.errors import FieldError, InvalidInputError
from app.domain.problems import MAX_PROBLEM_BYTES, MAX_PROBLEMS, first_of
from tests.api.checks import problem
from tests.api.door import PERSON

ENRICH, JOB, BATCHES = "/api/v1/enrich", "/api/v1/enrich", "/api/v1/batches"
CONTACT = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
MANY = 15_000
UNKNOWN = {f"m{number}": 0 for number in range(MANY)}
LONG = "x" * 200_000

REFUSED: dict[str, tuple[str, Any]] = {
    "fields": (JOB, {"contacts": [CONTACT], "fields": [""] * MANY}),
    "events": (JOB, {"contacts": [CONTACT], "webhook_events": ["x"] * MANY}),
    "contacts-no-objects": (JOB, {"contacts": [3] * 100}),
    "contacts-too-many": (JOB, {"contacts": [CONTACT] * 4000}),
    "contacts-bad": (JOB, {"contacts": [{"first_name": 1, "last_name": 2, "domain": 3}] * 100}),
    "providers": (ENRICH, {**PERSON, "providers": ["nobody"] * 50}),
    "long-providers": (ENRICH, {**PERSON, "providers": [LONG] * 4}),
    "providers-too-many": (ENRICH, {**PERSON, "providers": ["hunter"] * MANY}),
    "unknown-members-alone": (ENRICH, UNKNOWN),
    "a-long-name": (ENRICH, {LONG: 1}),
    "a-long-choice": (ENRICH, {"enrichmentType": LONG, **PERSON}),
    "metadata": (ENRICH, {"metadata": UNKNOWN, **PERSON}),
    "look-up": ("/api/v1/find-email", {"firstName": LONG, **UNKNOWN}),
    "listens": ("/api/v1/webhooks/endpoints", {"url": "https://a.example", "events": [""] * MANY}),
    "headers": ("/api/v1/webhooks/endpoints", {"url": "https://a.example", "headers": UNKNOWN}),
    "batch-fields": (BATCHES, {"contacts": [], "fields": [""] * MANY}),
    "batch-rows": (BATCHES, {"contacts": [{"first-name": 1, "first_name": 1}] * 500}),
    "batch-names-alike": (
        BATCHES,
        {"contacts": [{"first" + "-" * n + "name": "x" for n in range(900)} | {"f" + "-" * 99_999 + "irstname": 1}]},
    ),
}  # fmt: skip
TWICE = {
    "a-long-name": (ENRICH, f'{{"{LONG}":1,"{LONG}":2}}'),
    "half-a-pair": (ENRICH, '{"\\ud800":1,"\\ud800":2}'),
    "nul": (ENRICH, '{"\\u0000":1,"\\u0000":2}'),
    "of-a-batch": (BATCHES, f'{{"contacts":[],"{LONG[:99]}":1,"{LONG[:99]}":2}}'),
    "nul-of-a-row": (BATCHES, '{"contacts":[{"\\u0000":1,"\\u0000":2}]}'),
    "half-a-pair-of-a-row": (BATCHES, '{"contacts":[{"\\ud800":1,"\\ud800":2}]}'),
}


async def test_a5_a_refusal_is_small_and_counts_what_it_leaves_out(client: httpx.AsyncClient) -> None:
    for name, (path, body) in REFUSED.items():
        answer = await client.post(path, json=body)
        assert answer.status_code == 400, (name, answer.text[:500])
        assert len(answer.content) < MAX_PROBLEM_BYTES + 8000, name
        said = answer.json()
        assert 1 <= len(said["errors"]) <= MAX_PROBLEMS, name
        assert ("moreErrors" in said) == (" more)" in said["detail"]), name


async def test_a5_a_member_that_stands_twice_is_named_whatever_its_name(client: httpx.AsyncClient) -> None:
    for name, (path, body) in TWICE.items():
        answer = await client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, (name, answer.text[:500])
        assert "twice" in answer.text, name
        assert len(answer.content) < MAX_PROBLEM_BYTES, name


async def test_a5_a_query_of_many_parameters_gets_a_small_refusal(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/runs", "/api/v1/batches", "/api/v1/usage", "/api/v1/webhooks/deliveries"):
        answer = await client.get(f"{path}?{'limit=1&' * 1500}")
        body = problem(answer, 400, "invalid-input", "errors", "moreErrors")
        assert (len(body["errors"]), body["moreErrors"]) == (MAX_PROBLEMS, 1499 - MAX_PROBLEMS)
        assert body["detail"].endswith("(and 1449 more)")


async def test_a5_an_upload_with_many_parameters_gets_a_small_refusal(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{BATCHES}?{'strict=true&' * 1000}", json={"contacts": [CONTACT]})
    problem(answer, 400, "invalid-input", "errors", "moreErrors")


async def test_a5_unknown_members_are_counted_beyond_the_first(client: httpx.AsyncClient) -> None:
    accepted: list[tuple[str, Any]] = [
        (ENRICH, PERSON),
        ("/api/v1/find-email", CONTACT),
        (JOB, {"contacts": [CONTACT]}),
        (BATCHES, {"contacts": [CONTACT]}),
    ]
    for path, body in accepted:
        few = 900 if path == BATCHES else 9000
        members = body | {f"{'n' * 90}{number}": 0 for number in range(few)}
        answer = await client.post(path, json=members, headers={"prefer": "respond-async"})
        assert answer.is_success, answer.text
        assert len(answer.content) < MAX_PROBLEM_BYTES
        warnings = answer.json()["warnings"]
        assert len(warnings) <= MAX_PROBLEMS
        assert warnings[-1] == f"{few - 20} more unknown members were ignored"


async def test_a5_bad_rows_are_told_up_to_a_bound_and_again_by_the_batch(client: httpx.AsyncClient) -> None:
    lines = [json.dumps(CONTACT), *(json.dumps({"a" * 150_000: 1, "b": n}) for n in range(3)), *["3"] * 500]
    answer = await client.post(BATCHES, content="\n".join(lines), headers={"content-type": "application/x-ndjson"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["rejected"], len(made["errors"])) == (503, MAX_PROBLEMS)
    shown = (await client.get(answer.headers["location"])).json()
    assert shown["errors"] == made["errors"]


def test_the_first_problems_are_those_that_fit() -> None:
    assert len(first_of([FieldError(field="a", message="b")] * 60)) == MAX_PROBLEMS
    long = [FieldError(field="a", message="\x01" * 2900)] * 60
    assert len(first_of(long)) == 1
    assert first_of([]) == ()
    refusal = InvalidInputError(long, more=3)
    assert (len(refusal.problems), refusal.more) == (1, 62)
    assert refusal.message.endswith(" (and 62 more)")
