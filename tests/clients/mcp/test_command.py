"""`leadrun mcp` as a program: what it says where it cannot serve, and what it and the API import."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from app.cli.main import client_sections
from app.domain.vocabulary import Mode
from tests.architecture.tree import ROOT
from tests.clients.commands import Environ, process, run
from tests.clients.mcp.assistants import connected, environment
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


def one_sentence(done: Result) -> str:
    """Check that a command ended with one sentence and status 2."""
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    return line


def test_without_a_key_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    nothing = {"LEADRUN_CONFIG": str(tmp_path / "none.json")}
    assert "leadrun login" in one_sentence(run(nothing, "mcp"))
    assert "no profile 'sales'" in one_sentence(run(nothing, "mcp", "--profile", "sales"))
    assert "http" in one_sentence(run(nothing | {"LEADRUN_API_KEY": "lm_test_x", "LEADRUN_URL": "ftp://x"}, "mcp"))


def test_without_the_sdk_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "leadrun_mcp.stdio", None)
    monkeypatch.delitem(sys.modules, "leadrun_mcp", raising=False)
    environ = {"LEADRUN_API_KEY": "lm_test_x", "LEADRUN_CONFIG": str(tmp_path / "none.json")}
    assert "leadrun-client[mcp]" in one_sentence(run(environ, "mcp"))


def configured(text: str) -> dict[str, Any]:
    """Read the example for assistants that start programs, and for those that use HTTP, of a document."""
    found = re.findall(r'"leadrun": (\{.*?\}\})', re.sub(r"\n\s*", "", text).replace("}}}", "}}"))
    return {"command" if "command" in one else "http": json.loads(one) for one in found}


@pytest.mark.parametrize("name", ["README.md", "docs/clients.md"])
async def test_the_examples_for_assistants_look_a_person_up(stood: Standing, name: str) -> None:
    entries = configured((ROOT / name).read_text())
    key = stood.new_key(account="examples", mode=Mode.TEST).api_key
    started, served = entries["command"], entries["http"]
    assert (started["command"], started["args"]) == ("leadrun", ["mcp"])
    assert set(started["env"]) <= {"LEADRUN_URL", "LEADRUN_API_KEY"}
    assert served["type"] == "http"
    url = served["url"].replace("http://127.0.0.1:8000", stood.url).removesuffix("/mcp")
    assert served["headers"]["Authorization"].startswith("Bearer lm_test_")
    for door in ("stdio", "http"):
        async with connected(door, url, key) as assistant:
            found = await assistant.call("find_email", full_name="Bea Marsh", company_domain=DOMAIN)
            assert found["email_provider"] == "sandbox-mail"


async def test_a_wrong_url_or_key_is_said_where_a_tool_is_called(stood: Standing, key: str) -> None:
    async with connected("stdio", "http://127.0.0.1:9", key) as assistant:
        began = time.monotonic()
        refused = await assistant.refusal("credits_and_usage")
        assert "cannot be reached" in refused
        assert "127.0.0.1:9" in refused or "connect" in refused.lower()
        assert time.monotonic() - began < 30
    async with connected("stdio", stood.url, "lm_test_wrong") as assistant:
        assert "API key is not accepted" in await assistant.refusal("credits_and_usage")
    poor = stood.new_key(account="penniless", amount=0)
    async with connected("stdio", stood.url, poor.api_key) as assistant:
        refused = await assistant.refusal("find_email", full_name="Ada Lovell", company_domain=DOMAIN)
        assert "Nothing was charged" in refused


def test_standard_output_holds_messages_alone_and_the_end_of_input_ends_it(environ: Environ) -> None:
    with process(environ, "mcp", stdin=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        lines = (json.dumps(HELLO), "nonsense", "[]", "", '{"jsonrpc":"2.0","id":2,"method":"tools/list"}')
        server.stdin.write("\n".join(lines) + "\n")
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        rest = server.stdout.read().splitlines()
        assert server.wait(30) == 0
    answers += map(json.loads, rest)
    assert {one["id"] for one in answers if "result" in one} == {1, 2}
    assert all(one["jsonrpc"] == "2.0" for one in answers)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "import app.front, app.api.server; from app.api.operations import operations; operations()", id="api"
        ),
        pytest.param("from app.cli.main import main; main(['--help'], standalone_mode=False)", id="server's help"),
        pytest.param("from leadrun_cli.main import client; client(['--help'], standalone_mode=False)", id="help"),
        pytest.param("import leadrun", id="client"),
    ],
)
def test_nothing_imports_the_sdk_that_does_not_serve_assistants(statement: str) -> None:
    code = (
        f"{statement}; import sys; sys.exit(bool({{'mcp', 'mcp_types', 'pydantic', 'starlette'}} & set(sys.modules)))"
    )
    environ = environment("", "") | {"LEADRUN_ENV_FILE": ""}
    done = subprocess.run([sys.executable, "-c", code], env=environ, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_servers_command_has_it_too() -> None:
    assert any("mcp" in commands for commands in client_sections().values())
