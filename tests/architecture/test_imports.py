"""Imports go downward only: import-linter's contracts hold, and each of them notices an import that breaks it."""

import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy

import grimp
import pytest
from importlinter.application.use_cases import read_user_options
from importlinter.configuration import configure
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import Contract

from tests.architecture.tree import ROOT, python_files, text_of

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
configure()
USER_OPTIONS = read_user_options(str(ROOT / "pyproject.toml"))
CONTRACTS, SESSION = USER_OPTIONS.contracts_options, USER_OPTIONS.session_options
KINDS: dict[str, Callable[..., Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
}
NAMES = [contract["name"] for contract in CONTRACTS]
DOWNWARD = "Inside the application, imports go downward"
# For each contract imports that break it and no other: the importing module, and the imported one.
BREAKS: dict[str, tuple[tuple[str, str], ...]] = {
    "Workers and webhooks import the application, never the other way round": (
        ("app.cli.main", "workers.main"),
        ("webhooks.sender", "workers.main"),
    ),
    DOWNWARD: (
        ("app.usecases.runs.submit", "app.api.http.responses"),
        ("app.settings.settings", "app.services"),
        ("app.redis.client", "app.store.database.engine"),
        ("app.domain.vocabulary", "app.metrics"),
    ),
    "The packages of the domain import one another in one direction": (
        ("app.domain.contacts.contact", "app.domain.runs.run"),
    ),
    "The packages of the store import one another in one direction": (
        ("app.store.database.engine", "app.store.runs.runs"),
    ),
    "The packages of the use cases import one another in one direction": (
        ("app.usecases.accounts.balance", "app.usecases.runs.submit"),
    ),
    "The packages of the API import one another in one direction": (
        ("app.api.http.responses", "app.api.openapi.operation"),
    ),
    "The packages of the providers import one another in one direction": (
        ("app.providers.setup.registry", "app.providers.client.client"),
    ),
    "Dialects are independent of one another": (("app.dialects.webhooks.schemas", "app.dialects.batches.schemas"),),
    "The resource packages of the store are independent of one another": (
        ("app.store.runs.runs", "app.store.webhooks.deliveries"),
    ),
    "The resource packages of the API are independent of one another": (
        ("app.api.runs.runs", "app.api.webhooks.endpoints"),
    ),
    "The packages of the app import one another in one direction": (("app.web.frame.page", "app.web.site"),),
    "The resource packages of the app are independent of one another": (("app.web.runs.list", "app.web.keys.keys"),),
    "SQL stands only in the store": (("app.usecases.runs.submit", "app.store.tables.core"),),
    "The domain knows no clock, no chance and no I/O": (("app.domain.vocabulary", "time"),),
    "Celery stays in the workers": (("app.usecases.runs.submit", "celery"),),
    "Catalogue entries are independent": (("app.providers.catalog.hunter", "app.providers.catalog.apollo"),),
    "Catalogue entries are data, free of HTTP": (("app.providers.catalog.hunter", "httpx"),),
}


# What is no statement: connections and rows that pass through, and errors.
NO_SQL = re.compile(r"from sqlalchemy(?:\.(?:exc|engine|pool)\b.*| import (?:Row|Column)|\.ext\.asyncio\b.*)\n")
SQLALCHEMY = re.compile(r"(?:from|import) sqlalchemy.*\n")


def test_statements_are_written_in_the_store_alone() -> None:
    outside = [name for name in python_files() if re.match(r"(?:app/(?!store/)|workers/|webhooks/)", name)]
    imports = {(name, line) for name in outside for line in SQLALCHEMY.findall(text_of(name))}
    assert imports
    assert {(name, line) for name, line in imports if not NO_SQL.fullmatch(line)} == set()


@pytest.fixture(scope="session")
def graph() -> grimp.ImportGraph:
    """Return all imports of the product as they are."""
    return grimp.build_graph(*SESSION["root_packages"], include_external_packages=True, cache_dir=None)


def _broken(graph: grimp.ImportGraph) -> list[str]:
    """Return the names of the contracts that a graph breaks."""
    return [
        options["name"]
        for options in CONTRACTS
        if not KINDS[options["type"]](options["name"], SESSION, options).check(graph=graph, verbose=False).kept
    ]


def test_every_contract_is_kept() -> None:
    command = [sys.executable, "-c", LINT, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert " 0 broken." in done.stdout


def test_every_contract_has_an_import_that_breaks_it() -> None:
    assert list(BREAKS) == NAMES


@pytest.mark.parametrize(
    ("name", "importer", "imported"),
    [pytest.param(name, *pair, id=" -> ".join(pair)) for name, pairs in BREAKS.items() for pair in pairs],
)
def test_an_import_that_a_contract_forbids_breaks_this_one_alone(
    graph: grimp.ImportGraph, name: str, importer: str, imported: str
) -> None:
    changed = deepcopy(graph)
    assert importer in changed.modules
    if imported not in changed.modules:
        assert not imported.startswith(tuple(SESSION["root_packages"]))
        changed.add_module(imported, is_squashed=True)
    changed.add_import(importer=importer, imported=imported)
    assert _broken(changed) == [name]


def test_a_package_without_a_layer_is_noticed(graph: grimp.ImportGraph) -> None:
    changed = deepcopy(graph)
    changed.add_module("app.drawer")
    assert _broken(changed) == [DOWNWARD]
