"""A7: bodies of submissions above 8 KiB are read elsewhere, and what is found of them is the same."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from app.dialects.json_parser import parse_object
from app.dialects.submitted_body import BodyKind, SubmittedBody, body_digest, read_submitted
from app.domain.errors import InvalidInputError
from app.domain.problems import MAX_PROBLEMS
from app.usecases.batches.readers import Readers
from tests.rows import row
from tests.usecases.reading import ACME, CSV, OTHER, PERSON, children, sent, until_ended

ONE = {"first_name": "Jané", "last_name": "Smith", "domain": "www.acme.example", "linkedin_url": "no profile"}
OF_RUN = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"}
METADATA = '{"price":1.10,"huge":1e400,"minus":-0.0,"digits":12345678901234567890123,"é":"\\u00e9 \\/"}'
KINDS: tuple[BodyKind, ...] = ("enrich", "find-email", "find-phone", "verify-email")
VALUES: list[Any] = [None, "", " ", "Jané", "x" * 300, 5, 5.0, -1, 0.05, True, [], {}, ["email"], ["phone", "email"]]
VALUES += [["nobody"], ["hunter"], "https://hooks.example/x", "http://[", {"a": 1.10}, [ONE]]
VALUES += ["019ae4a2-0000-7000-8000-000000000000"]
NAMES = [*ONE, *OF_RUN, "email", "fields", "contacts", "providers", "max_cost_usd", "maxCostUsd", "metadata"]
NAMES += ["webhook_url", "webhookUrl", "webhook_events", "force_refresh", "quote_id", "stop_at_quote", "enrichmentType"]
NAMES += ["waterfall", "unknown", "Contacts"]


def bodies() -> list[bytes]:
    """Proper and improper ones, and members with values of every kind."""
    listed: list[object] = [
        OF_RUN | {"metadata": {"a": 1}, "maxCostUsd": 0.05, "unknown": 1},
        {"contacts": [ONE] * 100, "fields": ["phone"], "providers": ["hunter"], "webhook_events": ["job.contact"]},
        {"contacts": [ONE, {}, 3, {"first_name": 1}], "fields": [""] * 4000, "webhook_url": "ftp://x"},
        {"contacts": []},
        {"email": "jané@acme.example", "webhookUrl": "https://hooks.example/x"},
        [],
    ]
    for number in range(150):
        drawn = {NAMES[(number * 7 + k) % len(NAMES)]: VALUES[(number + k * 5) % len(VALUES)] for k in range(7)}
        if number % 2:
            contact = {name: VALUES[(number * 3 + k) % len(VALUES)] for k, name in enumerate([*ONE, "unknown"])}
            drawn |= {"contacts": [contact, ONE]}
        listed.append(drawn)
    texts = [json.dumps(one).encode() for one in listed]
    texts += [b"", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xef\xbb\xbf{}", b'{"a":"\\u0000"}', b"[" * 40 + b"]" * 40]
    return [*texts, f'{{"firstName":"Jane","metadata": {METADATA},"companyDomain":"acme.example"}}'.encode()]


def shown(body: SubmittedBody) -> Mapping[str, Any]:
    return msgspec.structs.asdict(body) | {"members": None, "digested": body.digest()}


async def test_a7_a_process_reads_of_a_body_what_the_server_reads_and_refuses_it_in_the_same_words(
    readers: Readers,
) -> None:
    read = refused = 0
    for text in bodies():
        for kind in KINDS:
            try:
                expected: object = shown(read_submitted(parse_object(text), kind))
                read += 1
            except InvalidInputError as error:
                expected = error.problems, error.message, error.more
                refused += 1
            try:
                found: object = shown(await readers.body(text or b" ", kind, ACME))
            except InvalidInputError as error:
                found = error.problems, error.message, error.more
            assert found == expected, (kind, text)
    assert read > 600
    assert refused > 20
    assert len(children()) == 1, "no refusal costs a process"


async def test_a7_metadata_comes_back_as_it_is_written_and_a_body_has_one_digest(readers: Readers) -> None:
    text = f'{{"contacts":[{json.dumps(ONE)}],"metadata": {METADATA}}}'.encode()
    body = await readers.body(text, "enrich", ACME)
    assert body.job
    assert bytes(body.job.options.metadata).decode() == METADATA
    assert body.digest() == body_digest(parse_object(text)) == body_digest(parse_object(text[:-1] + b" }"))


async def test_a5_no_more_faults_pass_between_processes_than_an_answer_names(readers: Readers) -> None:
    text = json.dumps({"contacts": [{"first_name": 1, "last_name": 2, "domain": 3}] * 100}).encode()
    body = await readers.body(text, "enrich", ACME)
    assert (len(body.problems), body.more) == (MAX_PROBLEMS, 300 - MAX_PROBLEMS)


async def test_a7_small_bodies_need_no_process_and_none_waits_for_a_list(readers: Readers) -> None:
    patient = Readers()
    assert (await patient.body(json.dumps(OF_RUN).encode(), "enrich", ACME)).one
    assert (await patient.body(json.dumps({"contacts": [ONE]}).encode(), "enrich", ACME)).job
    assert not children()
    async with readers.rows(sent(CSV + PERSON), ACME), readers.rows(sent(CSV + PERSON), ACME):
        assert (await readers.body(json.dumps({"contacts": [ONE]}).encode(), "enrich", ACME)).job
    assert (await readers.body(json.dumps({"contacts": [ONE]}).encode(), "enrich", OTHER)).job


JOB = json.dumps({"contacts": [ONE] * 100}).encode()


async def steps() -> None:
    """Let a task come as far as it does without waiting for another process."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_body_is_read_whatever_happens_to_the_processes(
    monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    readers = Readers(wait_seconds=0.05, body_seconds=60.0)
    expected = shown(read_submitted(parse_object(JOB), "enrich"))
    assert shown(await readers.body(JOB, "enrich", ACME)) == expected
    with row(subtests, "its process is killed while it is idle"):
        (process,) = children()
        process.kill()
        await until_ended(process)
        # The first may still be given to it, and is read without; the second has a new one.
        for _ in range(2):
            assert shown(await readers.body(JOB, "enrich", ACME)) == expected
    with row(subtests, "all are busy, and what is wrong with a body is refused there as well"):
        (process,) = children()
        process.suspend()
        first = asyncio.create_task(readers.body(JOB, "enrich", ACME))
        await steps()
        with capture_logs() as logged:
            read = await asyncio.gather(*[readers.body(JOB, "enrich", ACME) for _ in range(3)])
        assert [shown(one) for one in read] == [expected] * 3
        assert {line["event"] for line in logged} == {"reader.done_without"}
        with pytest.raises(InvalidInputError):
            await readers.body(b" " * 9000 + b'{"a":1,"a":2}', "enrich", ACME)
        process.resume()
        assert shown(await first) == expected
    with row(subtests, "it is killed while it reads"), capture_logs() as logged:
        (process,) = children()
        process.suspend()
        reading = asyncio.create_task(readers.body(JOB, "enrich", ACME))
        await steps()
        process.kill()
        assert shown(await reading) == expected
        assert [line["event"] for line in logged] == ["reader.lost", "reader.done_without"]
    with row(subtests, "no file can be written"), monkeypatch.context() as broken, capture_logs() as logged:
        broken.setattr(tempfile, "tempdir", "/no/such/directory")
        assert shown(await readers.body(JOB, "enrich", ACME)) == expected
        assert [line["event"] for line in logged] == ["reader.done_without"]
    with row(subtests, "none can be started"), monkeypatch.context() as broken, capture_logs() as logged:
        broken.setattr(sys, "executable", "/no/such/python")
        fresh = Readers()
        assert shown(await fresh.body(JOB, "enrich", ACME)) == expected
        assert [line["event"] for line in logged] == ["reader.not_started", "reader.done_without"]
    await readers.close()
