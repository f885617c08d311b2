"""A new provider's first files: found by the registry, refused until its cases exist, and never over another's."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from scripts.new_provider import CASES, CATALOGUE, FIRST_CASE, SHAPES, ScaffoldError, scaffold
from tests.architecture.tree import ROOT

# What the vendor would answer instead, for the kinds of cases that an entry must have.
OTHERS = {
    "02-not-found": ({"status": 404, "json": {}}, {"outcome": "miss"}),
    "03-bad-key": ({"status": 401, "json": {}}, {"outcome": "failed", "trouble": "auth_error"}),
    "04-out-of-credits": ({"status": 402, "json": {}}, {"outcome": "failed", "trouble": "out_of_credits"}),
    "05-throttled": ({"status": 429}, {"outcome": "failed", "trouble": "rate_limited"}),
    "06-bad-input": ({"status": 400, "json": {}}, {"outcome": "failed", "trouble": "bad_request"}),
    "07-server-error": ({"status": 500}, {"outcome": "failed", "trouble": "server_error"}),
    "08-malformed": ({"status": 200, "text": "<html>"}, {"outcome": "failed", "trouble": "malformed"}),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a new provider is written into, and of what judges it."""
    for folder in ("app", "scripts", "tests/play", "tests/providers", "tests/architecture"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "cases"))
    (tmp_path / CASES).mkdir()
    for name in (
        "pyproject.toml",
        "tests/__init__.py",
        "tests/conftest.py",
        "tests/databases.py",
        "tests/examples.py",
        "tests/rows.py",
        "tests/scheduling.py",
        "tests/servers.py",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=checkout, capture_output=True, text=True, timeout=120, check=False
    )


def judge(checkout: Path, slug: str) -> tuple[int, set[str]]:
    """Run the provider tests of one entry; returns the exit status and the names of those that failed."""
    tests = [f"tests/providers/test_{name}.py" for name in ("conformance", "cases", "shapes")]
    done = run(checkout, "pytest", "-q", "-p", "no:cacheprovider", "-k", slug, *tests)
    return done.returncode, set(re.findall(r"^FAILED \S+::(\w+)", done.stdout, re.MULTILINE))


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def fill(case: Path) -> None:
    """Do with the first case what the guide says: name the source, and add the other kinds."""
    first = msgspec.json.decode(case.read_bytes()) | {"source": "acme.example/api, find"}
    case.write_bytes(msgspec.json.encode(first))
    for name, (response, expected) in OTHERS.items():
        exchange = {"request": first["exchanges"][0]["request"], "response": response}
        made = first | {"exchanges": [exchange], "expected": expected}
        (case.parent / f"{name}.json").write_bytes(msgspec.json.encode(made))


def test_a_new_provider_is_found_and_refused_until_its_cases_exist(checkout: Path) -> None:
    before = files(checkout)

    written = run(checkout, "scripts.new_provider", "acme-leads")

    assert written.returncode == 0, written.stderr
    entry, case = checkout / CATALOGUE / "acme_leads.py", checkout / CASES / "acme-leads" / FIRST_CASE
    after = files(checkout)
    assert after.keys() - before.keys() == {entry, case, checkout / SHAPES / "acme-leads.jsonl"}
    assert all(after[path] == content for path, content in before.items()), "an existing file was touched"
    assert f"{entry.relative_to(checkout)}\n" in written.stdout

    status, failed = judge(checkout, "acme-leads")
    assert status == 1
    assert failed == {
        "test_an_entry_has_a_case_of_every_kind",
        "test_a_vendor_has_a_case_of_every_kind_for_each_field",
        "test_a_case_says_which_statement_of_the_vendor_it_plays",
    }

    fill(case)
    assert judge(checkout, "acme-leads") == (0, set())


def test_a_new_entry_keeps_the_rules_of_style_and_types(tmp_path: Path) -> None:
    for folder in (CATALOGUE, CASES, SHAPES):
        (tmp_path / folder).mkdir(parents=True)
    entry, *_ = scaffold("acme", tmp_path)

    rules = str(ROOT / "pyproject.toml")
    # INP001: the folder of this test is no package, the catalogue is one.
    for check in (("check", "--ignore", "INP001"), ("format", "--check")):
        done = run(tmp_path, "ruff", *check, "--no-cache", "--config", rules, str(entry))
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("slug", "says"),
    [
        pytest.param("", "'' is no name of a provider", id="none"),
        pytest.param("Acme", "is no name of a provider", id="capital"),
        pytest.param("acme_leads", "is no name of a provider", id="underscore"),
        pytest.param("acme-", "is no name of a provider", id="hyphen at the end"),
        pytest.param("4acme", "is no name of a provider", id="digit first"),
        pytest.param("acme.io", "is no name of a provider", id="dot"),
        pytest.param("../acme", "is no name of a provider", id="path"),
        pytest.param("acme\n", "is no name of a provider", id="line break"),
        pytest.param("sandbox-acme", "are the sandbox's", id="sandbox"),
        pytest.param("hunter", "'hunter' exists already: app/providers/catalog/hunter.py", id="entry exists"),
        pytest.param("left-over", "'left-over' exists already: tests/providers/cases/left-over", id="cases exist"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_a_sentence(tmp_path: Path, slug: str, says: str) -> None:
    for folder in (CATALOGUE, CASES / "left-over", SHAPES):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / CATALOGUE / "hunter.py").write_text("SPEC = 1\n")
    before = files(tmp_path)

    with pytest.raises(ScaffoldError) as refused:
        scaffold(slug, tmp_path)

    assert says in str(refused.value)
    assert files(tmp_path) == before


def test_outside_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="is no checkout of leadrun"):
        scaffold("acme", tmp_path)

    assert not list(tmp_path.iterdir())


def test_the_command_ends_with_the_sentence(checkout: Path) -> None:
    done = run(checkout, "scripts.new_provider", "Acme")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("leadrun: 'Acme' is no name of a provider")
