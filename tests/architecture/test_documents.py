"""The documents say what the code does: generated parts are fresh, every setting, refusal and dependency is named."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from app.api.http import errors as api_errors
from app.domain import errors as domain_errors
from app.domain.errors import RequestError
from app.settings.reading import FIELDS, NOT_SETTINGS, PARTS
from docs import generate
from tests.architecture.tree import ROOT, python_files, text_of
from tests.rows import each_row

PROJECT = tomllib.loads(text_of("pyproject.toml"))
OURS = {"app", "workers", "webhooks", "migrations"}


@pytest.mark.parametrize("path", list(generate.documents()))
def test_a_generated_document_is_fresh(path: str) -> None:
    assert text_of(path) == generate.documents()[path], "run `make docs`"


def test_a_document_without_its_marks_is_noticed() -> None:
    with pytest.raises(generate.MarksError):
        generate.with_parts("README.md", {"no such part": ""})


@each_row("variable", [*FIELDS, *(f"LEADRUN_PROVIDER_<SLUG>_{part}" for part in PARTS)])
def test_every_setting_is_explained_in_the_document(variable: str) -> None:
    line = re.search(rf"^\| `{re.escape(variable)}` \|[^|]*\|(.+)\|$", text_of("docs/settings.md"), re.MULTILINE)
    assert line
    assert line[1].strip().endswith(".")


@each_row("name", [field.name for field in FIELDS.values()])
def test_every_setting_is_used(name: str) -> None:
    users = [n for n in python_files() if n.startswith(("app/", "workers/", "webhooks/"))]
    users = [n for n in users if n != "app/settings/settings.py"]
    is_used = any(re.search(rf"settings\.{name}\b", text_of(n)) for n in users)
    assert is_used or f"self.{name}" in text_of("app/settings/settings.py"), f"nothing reads settings.{name}"


def test_every_metric_is_counted() -> None:
    code = "".join(text_of(n) for n in python_files() if n.startswith(("app/", "workers/", "webhooks/")))
    metrics = re.findall(r"^([A-Z][A-Z_]+) = (?:Counter|Gauge|Histogram)\(", text_of("app/metrics.py"), re.MULTILINE)
    assert metrics
    uncounted = [name for name in metrics if len(re.findall(rf"\b{name}\b", code)) < 2]
    assert not uncounted, f"nothing counts {uncounted}"


def test_every_variable_that_a_document_names_is_a_setting() -> None:
    known = {*FIELDS, *NOT_SETTINGS}
    parts = "|".join(PARTS)
    for document in ("README.md", "docs/operations.md", "docs/architecture.md", "CHANGELOG.md"):
        named = set(re.findall(r"LEADRUN_[A-Z_]+\b", text_of(document)))
        unknown = {n for n in named - known if not re.fullmatch(rf"LEADRUN_PROVIDER_([A-Z_]+_({parts}))?", n)}
        assert not unknown, document


def _refusals() -> list[type[RequestError]]:
    found = [
        kind
        for module in (domain_errors, api_errors)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, RequestError) and kind is not RequestError
    ]
    return list(dict.fromkeys(found))


@each_row("kind", _refusals(), ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_status_and_a_code_of_its_own(kind: type[RequestError]) -> None:
    assert 400 <= api_errors.STATUS[kind] < 600
    assert [other for other in _refusals() if other.code == kind.code] == [kind]


def test_every_status_is_of_a_refusal() -> None:
    assert set(api_errors.STATUS) == set(_refusals())


def _bare(requirement: str) -> str:
    return re.split(r"[\[<>=!;, ]", requirement, maxsplit=1)[0].lower()


def _declared() -> dict[str, set[str]]:
    return {
        "run": {_bare(r) for r in PROJECT["project"]["dependencies"]},
        "embedded": {_bare(r) for r in PROJECT["project"]["optional-dependencies"]["embedded"]},
        "dev": {_bare(r) for r in PROJECT["dependency-groups"]["dev"]},
    }


def test_every_dependency_has_its_reason_and_every_reason_a_dependency() -> None:
    cells = re.findall(r"^\| (?!package|---)([^|]+) \|", text_of("docs/dependencies.md"), re.MULTILINE)
    explained = [name.strip().lower() for cell in cells for name in cell.split(",")]
    assert sorted(explained) == sorted(set.union(*_declared().values()))


@each_row("requirement", [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]])
def test_every_dependency_has_a_lower_bound(requirement: str) -> None:
    assert ">=" in requirement


def test_what_is_imported_is_declared() -> None:
    known, declared = packages_distributions(), _declared()
    allowed = declared["run"] | declared["embedded"]
    for name in python_files():
        if not name.startswith(tuple(f"{package}/" for package in OURS)):
            continue
        for module in re.findall(r"^\s*(?:from|import) (\w+)", text_of(name), re.MULTILINE):
            if module in sys.stdlib_module_names or module in OURS:
                continue
            packages = {package.lower().replace("_", "-") for package in known.get(module, [])}
            assert packages & allowed, f"{name} imports {module}"


def test_changes_are_kept_as_keep_a_changelog_says() -> None:
    changelog = text_of("CHANGELOG.md")
    assert "## [Unreleased]" in changelog
    kinds = set(re.findall(r"^### (.+)$", changelog, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for name in names:
        text = text_of(f"docs/adr/{name}")
        assert text.startswith(f"# {int(name[:4])}. "), name
        assert "\nStatus: " in text, name
