"""The Python client by pyright, as most editors check it: its own code, and strictly the code of who uses it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, text_of
from tests.contract.scripts import find_node
from tests.npm import PYRIGHT, node_modules

SOURCE = ROOT / "clients" / "python" / "src"
# What a user's editor has to know of the answers.
USED = """
from typing import assert_type

from leadrun import AsyncBatch, AsyncLeadrun, AsyncRun, Batch, Outcome, Run, errors, webhooks
from leadrun.events import ContactData, EndpointNotice, JobData
from leadrun.models import RunData


def told(event: webhooks.WebhookEvent, error: errors.ApiError) -> None:
    assert_type(event.run, RunData | None)
    assert_type(event.job, JobData | None)
    assert_type(event.contact, ContactData | None)
    assert_type(event.endpoint, EndpointNotice | None)
    assert_type(error.request_id, str | None)
    assert_type(error.code, str)


def asked(client: Leadrun) -> None:
    assert_type(client.enrich(full_name="Jane Smith", company_domain="acme.example", timeout=60), Run)
    assert_type(next(client.enrich_many([{"full_name": "Jane Smith"}])), Outcome[Run])
    assert_type(client.batches.upload("people.csv").wait(), Batch)
    assert_type([one.run_id for one in client.runs(status="completed")], list[str])


async def awaited(client: AsyncLeadrun) -> None:
    assert_type(await client.enrich(full_name="Jane Smith", company_domain="acme.example"), AsyncRun)
    assert_type(await (await client.batches.upload("people.csv")).wait(), AsyncBatch)
    async for one in client.enrich_many([{"full_name": "Jane Smith"}]):
        assert_type(one, Outcome[AsyncRun])
"""


@pytest.mark.long
@pytest.mark.timeout(300)
def test_pyright_has_nothing_to_say(tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", text_of("clients/python/README.md"), re.DOTALL)
    assert found
    (tmp_path / "used.py").write_text(f"# pyright: strict\n{found[1]}{USED}")
    (tmp_path / "leadrun").symlink_to(SOURCE / "leadrun")
    settings = {"include": ["used.py", "leadrun"], "pythonVersion": "3.11", "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    checker = [str(find_node()[0]), str(node_modules(PYRIGHT) / "pyright" / "index.js"), "--outputjson"]
    command = [*checker, "--pythonpath", sys.executable, "-p", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    assert [(one["file"], one["range"]["start"], one["message"]) for one in said["generalDiagnostics"]] == []
    assert said["summary"]["filesAnalyzed"] > len(list((SOURCE / "leadrun").glob("*.py")))
