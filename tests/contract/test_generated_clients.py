"""Clients generated from the committed specification complete the quickstart, without a line written for us."""

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.scripts import find_node, new_key, run
from tests.contract.supervised import ROOT, Up
from tests.npm import TYPESCRIPT, node_modules

PUBLISHED = ROOT / "docs" / "openapi.json"
SCRIPT = Path(__file__).parent / "clients" / "quickstart.ts"
PACKAGE = "leadrun_client"
JANE = {"first_name": "Jane", "last_name": "Smith", "domain": "initech.example"}


def generate(folder: Path) -> str:
    """Generate the Python client; returns what the generator said."""
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(PUBLISHED), "--meta", "none"]
    settings = folder / "settings.yml"
    settings.write_text("post_hooks: []\n", encoding="utf-8")
    made = subprocess.run(
        [*command, "--output-path", str(folder / PACKAGE), "--config", str(settings)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return made.stdout + made.stderr


class Client:
    """The generated package, whose parts are found by name."""

    def __init__(self, up: Up, key: str) -> None:
        self._client = self._of("client").AuthenticatedClient(base_url=up.ready["url"], token=key, timeout=60)

    @staticmethod
    def _of(name: str) -> Any:
        return importlib.import_module(f"{PACKAGE}.{name}")

    def body(self, name: str, value: dict[str, Any]) -> Any:
        """Make a model of the generated ones."""
        return getattr(self._of("models"), name).from_dict(value)

    def call(self, operation: str, *arguments: Any, **named: Any) -> Any:
        """Call an operation and return its answer."""
        return self._of(f"api.{operation}").sync_detailed(*arguments, client=self._client, **named)


def test_a_python_client_completes_the_quickstart(house: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = generate(tmp_path)
    # It knows JSON alone; what else an upload may be is left out, and nothing more.
    assert said.count("WARNING") == said.count("Unsupported content type") == 12
    monkeypatch.syspath_prepend(tmp_path)
    client = Client(house, new_key(house, "generated-python", "--mode", "test"))

    contact = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "initech.example", "metadata": {"a": [1]}}
    accepted = client.call("enrichment.enrich", body=client.body("RunRequest", contact))
    assert accepted.status_code == 202
    shown = client.call("enrichment.get_run", accepted.parsed.run_id, wait=30).parsed
    assert (shown.status, shown.result_status, shown.credits_used) == ("completed", "found", 0)
    assert shown.result.email == "jane.smith@initech.example"
    assert shown.metadata.to_dict() == {"a": [1]}

    job = client.call("enrichment.enrich", body=client.body("JobRequest", {"contacts": [JANE]})).parsed
    done = client.call("enrichment.get_run", job.id, wait=30).parsed
    assert (done.status, done.progress.emails_found) == ("completed", 1)
    assert [one.email for one in done.contacts] == ["jane.smith@initech.example"]

    batch = client.call("batches.create_batch", body=client.body("BatchRequest", {"contacts": [JANE]})).parsed
    assert (batch.total, batch.rejected) == (1, 0)
    assert client.call("batches.get_batch", batch.id).parsed.total == 1

    shown = client.call("account.get_credits").parsed
    assert shown.balance == shown.total_earned - shown.total_spent

    refused = client.call("enrichment.find_email", body=client.body("LookupRequest", JANE | {"domain": "nowhere"}))
    assert refused.status_code == 400
    assert [problem.field for problem in refused.parsed.errors] == ["domain"]


def test_a_typescript_client_completes_the_quickstart(house: Up, tmp_path: Path) -> None:
    node, _ = find_node()
    modules = node_modules(*TYPESCRIPT)
    (tmp_path / "node_modules").symlink_to(modules)
    shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    options = {"target": "es2022", "module": "nodenext", "strict": True, "types": ["node"], "outDir": "out"}
    options |= {"exactOptionalPropertyTypes": True, "noUncheckedIndexedAccess": True, "skipLibCheck": False}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["quickstart.ts"]}))

    for tool, *arguments in (
        ("openapi-typescript/bin/cli.js", str(PUBLISHED), "--output", "leadrun.d.ts"),
        ("typescript/bin/tsc",),
    ):
        command = [str(node), str(modules / tool), *arguments]
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        assert made.returncode == 0, made.stdout + made.stderr

    key = new_key(house, "generated-typescript", "--mode", "test")
    status, said, complaints = run([str(node), str(tmp_path / "out" / "quickstart.js")], house, key)
    assert (status, complaints) == (0, "")
    assert said.splitlines() == [
        "completed found jane.smith@initech.example valid",
        "completed 1 jane.smith@initech.example",
        "1 0 1",
        "true",
        "400 domain",
    ]
