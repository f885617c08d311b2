"""Batches of the Python client against a real service: a file goes up, and comes back with what was found."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import pytest

from leadrun import AsyncLeadrun, Leadrun, errors
from leadrun.batches import BatchData
from tests.contract.played import DOMAIN

ADDRESS = f"ada.lovell.g0@{DOMAIN}"


def test_a_file_becomes_a_batch_and_a_file_again(client: Leadrun, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text(f"id,first_name,last_name,domain\n1,Ada,Lovell,{DOMAIN}\n2,Dot,Olsen,{DOMAIN}\n3,,,\n")
    seen: list[BatchData] = []
    batch = client.batches.upload(source)
    assert batch.status == "processing"
    done = batch.wait(seen.append)
    assert (done.status, done.emails_found, seen[-1].completed) == ("completed", 1, done.total)
    rows = done.results()
    asked = [one for row in rows[:2] for one in client.attempts(row["run_id"])]
    assert done.not_found == 1
    assert done.cost_usd
    assert done.cost_usd == pytest.approx(sum(one.cost_usd or 0 for one in asked))
    assert [row["email"] for row in rows[:2]] == [ADDRESS, None]
    table = done.download(tmp_path / "out.csv").read_text()
    assert ADDRESS in table
    lines = done.download(tmp_path / "out.ndjson").read_text().splitlines()
    assert json.loads(lines[0])["email"] == ADDRESS
    assert is_zipfile(done.download(tmp_path / "out.xlsx"))
    assert not list(tmp_path.glob("*.part"))
    with pytest.raises(errors.ConfigurationError):
        done.download(tmp_path / "out.pdf")
    assert [one.id for one in client.batches.list()] == [batch.id]


def test_jobs_and_batches_are_chosen(client: Leadrun, lists: dict[str, list[str]]) -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    collections: dict[str, Callable[..., Iterable[Any]]] = {"jobs": client.jobs, "batches": client.batches.list}
    for name, collection in collections.items():
        listed = partial(_ids, collection)
        assert listed(page_size=1) == listed(created_after=begin, mode="live") == lists[name]
        assert listed(domain=DOMAIN) == lists[name][1:]
        assert listed(created_before=begin) == []
        with pytest.raises(errors.ConfigurationError):
            listed(status="completed")
        with pytest.raises(errors.InvalidRequestError):
            listed(mode="free")
    [job] = client.jobs(domain=DOMAIN)
    assert job.progress
    assert job.created_at
    assert (job.progress.total, job.mode, job.created_at > begin) == (1, "live", True)


def _ids(collection: Callable[..., Iterable[Any]], **filters: Any) -> list[str]:
    return [one.id for one in collection(**filters)]


async def test_jobs_and_batches_are_awaited(async_client: AsyncLeadrun, lists: dict[str, list[str]]) -> None:
    assert [one.id async for one in async_client.jobs(page_size=1)] == lists["jobs"]
    assert [one.id async for one in async_client.batches.list(page_size=1)] == lists["batches"]
    assert [one.id async for one in async_client.batches.list(domain=DOMAIN)] == lists["batches"][1:]


def test_rows_become_a_batch(client: Leadrun) -> None:
    rows = ({"full_name": "Ada Lovell", "domain": DOMAIN, "number": number} for number in range(3))
    done = client.batches.upload(rows, fields=["email", "phone"]).wait()
    assert (done.total, done.emails_found, done.phones_found) == (3, 3, 3)
    assert [row["number"] for row in done.results()] == [0, 1, 2]
    with pytest.raises(errors.AlreadyEndedError):
        done.cancel()


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(lambda folder: folder / "absent.csv", errors.ConfigurationError, id="no file"),
        pytest.param(lambda folder: folder, errors.ConfigurationError, id="a folder"),
        pytest.param(lambda folder: folder / "people.pdf", errors.ConfigurationError, id="another kind"),
        pytest.param(lambda _: b"first_name\nAda\n", errors.ConfigurationError, id="bytes of no kind"),
        pytest.param(lambda _: [], errors.InvalidRequestError, id="no rows"),
        pytest.param(lambda _: [{"colour": "red"}], errors.InvalidRequestError, id="no contacts"),
        pytest.param(lambda _: [{"first_name": float("nan")}], errors.InvalidContactError, id="no JSON"),
    ],
)
def test_what_is_no_list_is_refused(
    client: Leadrun, tmp_path: Path, make: Callable[[Path], Any], kind: type[errors.LeadrunError]
) -> None:
    with pytest.raises(kind):
        client.batches.upload(make(tmp_path))
