"""The scripts of docs/quickstart without a server: one sentence each, and nothing but standard libraries."""

import re
import sys
from pathlib import Path

import pytest

from app.embedded.listen_address import free_port
from tests.contract import scripts
from tests.contract.scripts import LANGUAGES, PYTHON, TYPESCRIPT, command_of


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["quickstart", "leadsonar", "batch", "webhook_receiver"])
def test_without_a_server_a_script_ends_with_one_sentence(name: str, language: str, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    script = scripts.begin_at(command_of(name, language, tmp_path), url, "lm_test_nonsense")
    said, complaints = script.communicate("{}\n", timeout=60)
    assert (script.returncode, said) == (1, "")
    [sentence] = complaints.splitlines()
    assert sentence.startswith(f"No leadrun answers at {url} (")
    assert sentence.endswith("); start one with `make up`, or set LEADRUN_URL.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"firstName": "Ann"', "Line 3 is no JSON: "),
        ("firstName,lastName", "Line 3 is no JSON: "),
        ('["Ann", "Lee"]', "Line 3 is no JSON object."),
        ("null", "Line 3 is no JSON object."),
    ],
)
def test_a_wrong_line_is_named_before_anything_is_submitted(
    language: str, tmp_path: Path, line: str, sentence: str
) -> None:
    unreachable = f"http://127.0.0.1:{free_port()}"
    batch = scripts.begin_at(command_of("batch", language, tmp_path), unreachable, "lm_test_nonsense")
    said, complaints = batch.communicate(f'{{"firstName": "Ann"}}\n\n{line}\n', timeout=60)
    assert (batch.returncode, said) == (1, "")
    assert complaints.startswith(sentence)
    assert len(complaints.splitlines()) == 1


def test_the_scripts_import_only_standard_libraries() -> None:
    for path in scripts.QUICKSTART.glob("*.py"):
        imported = re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
        assert set(imported) <= sys.stdlib_module_names, path
    for path in scripts.QUICKSTART.glob("*.ts"):
        imported = re.findall(r'from "([^"]+)"', path.read_text())
        assert all(name.startswith("node:") for name in imported), path


def test_every_script_says_that_there_is_a_client() -> None:
    for ending, client in (("py", "the Python client"), ("ts", "@leadrun/client")):
        for path in scripts.QUICKSTART.glob(f"*.{ending}"):
            head = path.read_text().partition("import ")[0]
            assert client.casefold() in head.casefold(), path
            assert "docs/clients.md" in head, path


def test_both_languages_have_the_same_scripts() -> None:
    names = {language: {path.stem for path in scripts.QUICKSTART.glob(f"*.{language}")} for language in LANGUAGES}
    assert names[PYTHON] == names[TYPESCRIPT] == {"quickstart", "leadsonar", "batch", "webhook_receiver"}
