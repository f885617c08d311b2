"""`enrich_many`: every contact once, whatever happens to connections, to the server and to the client."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from leadrun import AsyncLeadrun, Leadrun, Outcome, Run, errors
from tests.architecture.tree import ROOT
from tests.clients.built import process
from tests.clients.many import NUMBERS, survive
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

SCRIPT = Path(__file__).with_name("many_program.py")


def people(number: int) -> list[dict[str, Any]]:
    """Make contacts that are all different."""
    return [
        {"first_name": "Dot", "last_name": "Olsen", "domain": DOMAIN, "company_name": f"C{n}"} for n in range(number)
    ]


def test_every_contact_has_its_outcome(client: Leadrun) -> None:
    contacts = [
        {"firstName": "Ada", "lastName": "Lovell", "companyDomain": DOMAIN},
        {"first_name": "Dot", "last_name": "Olsen", "domain": DOMAIN},
        {"colour": "red"},
        {"full_name": "Ada Lovell", "company_domain": DOMAIN, "metadata": {"row": 3}, "enrichment_type": "all"},
        {},
        {"first_name": "Ada", "firstName": "Bea"},
        {"first_name": "Ada", "enrichment_type": "fax"},
        "Ada Lovell",
    ]
    outcomes = {one.index: one for one in client.enrich_many(contacts)}  # type: ignore[arg-type]  # one is wrong
    assert sorted(outcomes) == list(range(8))
    assert [outcomes[place].email for place in (0, 1, 3)] == [
        f"ada.lovell.g0@{DOMAIN}",
        None,
        f"ada.lovell.g0@{DOMAIN}",
    ]
    assert outcomes[3].run
    assert outcomes[3].run.metadata == {"row": 3}
    assert outcomes[3].phone
    for place in (2, 4, 5, 7):
        assert isinstance(outcomes[place].error, errors.InvalidContactError)
    assert isinstance(outcomes[6].error, errors.InvalidRequestError)
    assert outcomes[2].contact == {"colour": "red"}


def test_the_same_contact_twice_is_two_runs_and_one_charge(client: Leadrun) -> None:
    runs = [one.run for one in client.enrich_many(people(1) * 3)]
    assert len({run.run_id for run in runs if run}) == 3
    assert client.credits().total_spent == 1


def test_a_list_is_read_as_its_contacts_are_needed(client: Leadrun) -> None:
    taken: list[int] = []

    def endless() -> Iterator[dict[str, Any]]:
        for number in range(10_000):
            taken.append(number)
            yield people(number + 1)[-1]

    outcomes = client.enrich_many(endless(), concurrency=3)
    first = [next(outcomes) for _ in range(5)]
    outcomes.close()  # type: ignore[attr-defined]  # an iterator that is a generator
    assert len(first) == 5
    assert len(taken) <= 5 + 3


def test_too_few_credits_end_the_list_and_lose_nothing(stood: Standing, tmp_path: Path) -> None:
    made = stood.new_key(account="nearly-poor", amount=4, rate_limit=100_000)
    client, file = Leadrun(made.api_key, stood.url), tmp_path / "resume"
    got: list[Outcome[Run]] = []
    with pytest.raises(errors.NotEnoughCreditsError):
        got.extend(client.enrich_many(people(9), concurrency=2, resume=file))
    assert len(got) == 4
    stood.grant("nearly-poor", 5)
    outcomes = list(client.enrich_many(people(9), resume=file))
    assert sorted(one.index for one in outcomes) == list(range(9))
    assert {one.run.run_id for one in got if one.run} <= {one.run.run_id for one in outcomes if one.run}
    assert client.credits().balance == 0


def test_a_list_that_is_done_is_given_again_from_the_file(client: Leadrun, key: str, tmp_path: Path) -> None:
    file = tmp_path / "people.resume"
    before = {one.index: one.run for one in client.enrich_many(people(5), resume=file)}
    nowhere = Leadrun(key, "http://127.0.0.1:9", max_retries=0)
    again = {one.index: one.run for one in nowhere.enrich_many(people(5), resume=file)}
    assert {i: run.raw for i, run in again.items() if run} == {i: run.raw for i, run in before.items() if run}
    # Another contact at a place, or another option, is asked for again.
    changed = [*people(4), {**people(5)[4], "company_name": "Other"}]
    assert len(list(client.enrich_many(changed, resume=file))) == 5
    assert client.credits().total_spent == 6


def test_forcing_a_refresh_is_done_once_a_list(client: Leadrun, tmp_path: Path) -> None:
    for name in ("one", "one", "other"):
        assert len(list(client.enrich_many(people(2), force_refresh=True, resume=tmp_path / name))) == 2
    assert client.credits().total_spent == 4


HEAD = '{"kind":"leadrun-resume","version":1,"salt":""}\n'


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("first_name,last_name\nAda,Lovell\n", id="a table"),
        pytest.param('{"firstName": "Ada"}\n', id="lines of JSON"),
        pytest.param("[]\n", id="a list"),
        pytest.param("no line end", id="no line"),
        pytest.param("\n", id="an empty line"),
        pytest.param("\x00\xff\n", id="bytes"),
        pytest.param(HEAD.replace("1", "2"), id="a newer version"),
        pytest.param(HEAD + "{broken}\n", id="a broken line"),
        pytest.param(HEAD + '{"key": "k"}\n', id="a line that lacks its run"),
        pytest.param(HEAD + "7\n", id="a number"),
    ],
)
def test_a_file_that_is_something_else_is_left_alone(client: Leadrun, tmp_path: Path, content: str) -> None:
    file = tmp_path / "file"
    file.write_text(content, encoding="latin-1")
    with pytest.raises(errors.ResumeFileError):
        list(client.enrich_many(people(1), resume=file))
    assert file.read_text(encoding="latin-1") == content
    assert client.credits().total_spent == 0


@pytest.mark.parametrize("cut", [1, 10, 60, 200])
def test_a_last_line_that_was_cut_off_is_found_again(client: Leadrun, tmp_path: Path, cut: int) -> None:
    file = tmp_path / "resume"
    before = {one.index: one.run for one in client.enrich_many(people(3), resume=file)}
    content = file.read_bytes()
    file.write_bytes(content[:-cut])
    again = {one.index: one.run for one in client.enrich_many(people(3), resume=file)}
    assert {i: run.run_id for i, run in again.items() if run} == {i: run.run_id for i, run in before.items() if run}
    assert client.credits().total_spent == 3
    assert len(list(client.runs())) == 3


def test_a_file_is_used_by_one_list_at_a_time(client: Leadrun, tmp_path: Path) -> None:
    file = tmp_path / "resume"
    first = client.enrich_many(people(3), concurrency=1, resume=file)
    next(first)
    with pytest.raises(errors.ResumeFileError):
        list(client.enrich_many(people(3), resume=file))
    assert len(list(first)) == 2


@pytest.mark.parametrize("concurrency", [0, -1, 501])
def test_a_wrong_concurrency_is_named(client: Leadrun, concurrency: int) -> None:
    with pytest.raises(errors.ConfigurationError):
        client.enrich_many(people(1), concurrency=concurrency)


async def test_the_asynchronous_client_does_the_same(async_client: AsyncLeadrun, tmp_path: Path) -> None:
    file = tmp_path / "resume"
    outcomes = async_client.enrich_many([*people(8), {"colour": "red"}], concurrency=3, resume=file)
    first = await anext(outcomes)
    await outcomes.aclose()  # type: ignore[attr-defined]  # an iterator that is a generator
    assert first.run
    again = [one async for one in async_client.enrich_many([*people(8), {"colour": "red"}], resume=file)]
    assert sorted(one.index for one in again) == list(range(9))
    assert sum(one.error is not None for one in again) == 1
    assert len([run async for run in async_client.runs()]) == 8
    assert (await async_client.credits()).total_spent == 8


async def test_a_task_that_is_cancelled_can_be_resumed(async_client: AsyncLeadrun, tmp_path: Path) -> None:
    async def all_of_them() -> None:
        async for _ in async_client.enrich_many(people(20), concurrency=5, resume=tmp_path / "resume"):
            begun.set()

    begun = asyncio.Event()
    task = asyncio.ensure_future(all_of_them())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = [one async for one in async_client.enrich_many(people(20), resume=tmp_path / "resume")]
    assert len(again) == 20
    assert (await async_client.credits()).total_spent == 20


def _run(number: int, file: Path, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    path = {"PYTHONPATH": f"{ROOT / 'clients' / 'python' / 'src'}:{ROOT}"}
    return process([sys.executable, str(SCRIPT), str(number), str(file)], {**os.environ, **environ, **path})


@pytest.mark.parametrize("number", NUMBERS)
def test_many_contacts_through_faults_and_a_kill(limited: Standing, tmp_path: Path, number: int) -> None:
    survive(limited, tmp_path, number, _run)
