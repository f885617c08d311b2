"""openapi-generator makes clients of the specification in seven languages; two are compiled, and look somebody up."""

import importlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.scripts import find_node, new_key, run
from tests.contract.supervised import ROOT, Up
from tests.generator import generate
from tests.npm import TYPESCRIPT, node_modules

PUBLISHED = ROOT / "docs" / "openapi-3.0.json"
SCRIPT = Path(__file__).parent / "clients" / "generated.ts"
PACKAGE = "leadrun_generated"
# Each with the generator's own options, and a file that a whole client has.
LANGUAGES: dict[str, tuple[dict[str, str], str]] = {
    "python": ({"packageName": PACKAGE}, f"{PACKAGE}/api/enrichment_api.py"),
    "typescript-fetch": ({"importFileExtension": ".js"}, "apis/EnrichmentApi.ts"),
    "go": ({}, "api_enrichment.go"),
    "php": ({}, "lib/Api/EnrichmentApi.php"),
    "ruby": ({}, "lib/openapi_client/api/enrichment_api.rb"),
    "java": ({"library": "native"}, "src/main/java/org/openapitools/client/api/EnrichmentApi.java"),
    "csharp": ({}, "src/Org.OpenAPITools/Api/EnrichmentApi.cs"),
}
CODE_ALONE = dict.fromkeys(("modelDocs", "apiDocs", "modelTests", "apiTests"), "false")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with a client of each language, and what the generator said."""
    folder = tmp_path_factory.mktemp("generated")
    settings = []
    for language, (options, _) in LANGUAGES.items():
        settings.append(folder / f"{language}.yaml")
        given = {
            "generatorName": language,
            "inputSpec": str(PUBLISHED),
            "outputDir": str(folder / language),
            "additionalProperties": options,
            # With the form of an upload, which some leave out and yet import.
            "globalProperties": CODE_ALONE | {"skipFormModel": "false"},
        }
        settings[-1].write_text(yaml.safe_dump(given), encoding="utf-8")
    return folder, generate(settings, folder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_client_is_made_without_a_complaint(generated: tuple[Path, str], language: str) -> None:
    folder, said = generated
    assert (folder / language / LANGUAGES[language][1]).stat().st_size > 10_000
    assert [line for line in said.splitlines() if "WARN" in line or "ERROR" in line] == []


def test_the_python_client_finds_somebody(
    house: Up, generated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(generated[0] / "python")
    client: Any = importlib.import_module(PACKAGE)
    key = new_key(house, "openapi-generator-python", "--mode", "test")
    with client.ApiClient(client.Configuration(host=house.ready["url"], access_token=key)) as connection:
        api = client.EnrichmentApi(connection)
        contact = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "initech.example", "metadata": {"a": [1]}}
        accepted = api.enrich(client.EnrichBody(client.RunRequest.from_dict(contact)))
        shown = api.get_run(accepted.run_id, wait=30).actual_instance
        assert (shown.status, shown.result_status, shown.credits_used) == ("completed", "found", 0)
        assert (shown.result.email, shown.metadata) == ("jane.smith@initech.example", {"a": [1]})
        with pytest.raises(client.ApiException) as refused:
            api.find_email(client.LookupRequest(first_name="Jane", last_name="Smith", domain="nowhere"))
        assert [one["field"] for one in json.loads(refused.value.body)["errors"]] == ["domain"]


def test_the_typescript_client_compiles_and_finds_somebody(
    house: Up, generated: tuple[Path, str], tmp_path: Path
) -> None:
    node, _ = find_node()
    modules = node_modules(*TYPESCRIPT)
    (tmp_path / "node_modules").symlink_to(modules)
    shutil.copytree(generated[0] / "typescript-fetch", tmp_path / "generated")
    shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    options = {"target": "es2022", "module": "nodenext", "strict": True, "types": ["node"], "outDir": "out"}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["**/*.ts"]}))
    compiler = [str(node), str(modules / "typescript/bin/tsc")]
    made = subprocess.run(compiler, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stdout + made.stderr

    key = new_key(house, "openapi-generator-typescript", "--mode", "test")
    status, said, complaints = run([str(node), str(tmp_path / "out" / "generated.js")], house, key)
    assert (status, complaints) == (0, "")
    assert said.splitlines() == ["completed found jane.smith@initech.example valid", '{"crm":{"id":42}}']
