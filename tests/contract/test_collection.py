"""The collection of requests: newman runs all that it has but the careful ones, and nothing is rotated or deleted."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.openapi.document import specification
from app.api.operations import operations
from scripts.write_collection import CAREFUL
from tests.contract.scripts import find_node, new_key
from tests.contract.supervised import ROOT, Up, bearer
from tests.npm import NEWMAN, node_modules

COLLECTION = ROOT / "docs" / "leadrun.postman_collection.json"
FOLDERS: dict[str, Any] = {one["name"]: one["item"] for one in json.loads(COLLECTION.read_bytes())["item"]}
SAFE = [name for name in FOLDERS if name != CAREFUL]


def named(item: dict[str, Any]) -> tuple[str, str]:
    """Return the method and path of a request, as the specification writes them."""
    parts = (f"{{{part[1:]}}}" if part.startswith(":") else part for part in item["request"]["url"]["path"])
    return item["request"]["method"].lower(), "/" + "/".join(parts)


def test_it_has_every_operation_in_its_folder() -> None:
    paths = specification(operations())["paths"]
    wanted = {(method, path): one for path, methods in paths.items() for method, one in methods.items()}
    del wanted["post", "/api/v1/callbacks/{provider}/{token}"]
    found = {named(item): folder for folder, items in FOLDERS.items() for item in items}
    assert len(found) == sum(map(len, FOLDERS.values()))
    assert found == {
        name: CAREFUL if one.get("x-leadrun-destructive") else one["tags"][0] for name, one in wanted.items()
    }
    assert {name for name, folder in found.items() if folder == CAREFUL} >= {
        ("delete", "/api/v1/keys/{key_id}"),
        ("post", "/api/v1/keys/{key_id}/rotate"),
        ("post", "/api/v1/webhooks/secret"),
        ("post", "/api/v1/webhooks/endpoints/{endpoint_id}/secret"),
        ("post", "/api/v1/enrich/{run_id}/cancel"),
    }


@pytest.fixture(params=["leadmodule", "leadsonar"])
def plan(request: pytest.FixtureRequest) -> str:
    """The plan of the key that the collection is run with."""
    return str(request.param)


def test_newman_gets_what_it_should_and_breaks_nothing(house: Up, tmp_path: Path, plan: str) -> None:
    modules = node_modules(NEWMAN)
    key = new_key(house, f"collection-{plan}", "--mode", "test", "--plan", plan)
    with httpx.Client(base_url=house.ready["url"], headers=bearer(key)) as client:

        def standing() -> tuple[Any, Any]:
            keys = client.get("/api/v1/keys").json()["keys"]
            secret = client.get("/api/v1/webhooks/secret").json()
            return [one for one in keys if one["prefix"] == key[: len(one["prefix"])]], secret

        before = standing()
        report = tmp_path / "report.json"
        command = [str(find_node()[0]), str(modules / "newman" / "bin" / "newman.js"), "run", str(COLLECTION)]
        for name in SAFE:
            command += ["--folder", name]
        for variable in (f"baseUrl={house.ready['url']}", f"apiKey={key}"):
            command += ["--env-var", variable]
        command += ["--reporters", "json", "--reporter-json-export", str(report), "--timeout-request", "60000"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
        told = json.loads(report.read_bytes())["run"]
        assert [failure(one) for one in told["failures"]] == []
        assert done.returncode == 0, done.stdout + done.stderr
        assert told["stats"]["requests"]["total"] == sum(len(FOLDERS[name]) for name in SAFE)
        assert told["stats"]["assertions"] == {"total": told["stats"]["requests"]["total"], "pending": 0, "failed": 0}
        after = standing()
    last_used = "lastUsedAt"
    assert [{**one, last_used: None} for one in after[0]] == [{**one, last_used: None} for one in before[0]]
    assert len(before[0]) == 1
    assert after[1] == before[1]
    assert after[1]["previous"] == []


def failure(one: dict[str, Any]) -> str:
    """Describe a request that did not get what it should."""
    return f"{one['source']['name']}: {one['error']['message']}"
