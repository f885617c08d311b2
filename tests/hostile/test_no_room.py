"""C19: a disk without room for uploads refuses them with 503 and what to do, keeps nothing of them, and heals."""

import errno
import tempfile
from pathlib import Path

import pytest

from app.domain.errors import UnavailableError
from app.services import open_services
from app.settings.settings import Settings
from app.usecases.batches.file_descriptor import close, storing, upload_file
from tests.hostile.forms import FORM, LIST, file_form
from tests.hostile.test_page_places import bounded
from tests.web.stack import Stack

SENTENCE = "The server has no room for this upload; nothing was accepted or charged."


async def test_c19_an_upload_without_room_is_503_with_a_sentence_and_heals(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with bounded(settings) as door:
        async with open_services(door.settings) as services:
            stack = Stack(door, services)
            person = await stack.person(balance=10)
            key, csv = await door.key(person.account), {"content-type": "text/csv"}
            async with stack.client(person) as client, door.client(key) as api:
                with monkeypatch.context() as full:
                    full.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
                    answers = [
                        await api.post("/api/v1/batches", content=LIST, headers=csv),
                        await api.post("/api/v1/quotes", content=LIST, headers=csv),
                        await client.post("/app/lists", content=file_form(LIST), headers=FORM),
                        await client.post("/app/lists/check", content=file_form(LIST), headers=FORM),
                    ]
                for answer in answers:
                    assert answer.status_code == 503, answer.text
                    assert SENTENCE in answer.text
                    assert "TMPDIR" in answer.text
                    assert answer.headers["retry-after"] == "30"
                assert (await api.get("/api/v1/batches")).json()["batches"] == []
                assert (await api.post("/api/v1/batches", content=LIST, headers=csv)).status_code == 201
                answer = await client.post("/app/lists", content=file_form(LIST), headers=FORM)
                assert answer.status_code == 303


def test_c19_a_full_disk_is_noticed_where_bytes_are_written_and_closes_quietly() -> None:
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - closed below, by what is tested
    full.write(b"x")
    with pytest.raises(UnavailableError, match="no room"), storing():
        full.flush()
    close(full)
    assert full.closed
    with pytest.raises(UnavailableError) as refused, storing():
        raise OSError(errno.EMFILE, "Too many open files")
    assert "TMPDIR" not in refused.value.message
    with upload_file("leadrun-test-") as file:
        assert file.write(b"x") == 1
