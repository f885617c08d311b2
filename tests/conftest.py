"""How all tests run: their examples, their order, and what is theirs alone of the machine."""

import gc
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import is_local_module_file

from tests.examples import is_exploring
from tests.scheduling import ShareScheduling, StackScheduling, is_of_another_process, sort_by_length

# A change is judged by the same examples every time, however slow the machine is; `--hypothesis-profile=explore` draws
# new ones, `make test-fast` fewer.
# A machine that stalls says nothing of an example.
UNHURRIED: Any = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("steady", derandomize=True, max_examples=40, **UNHURRIED)
hypothesis.settings.register_profile("explore", derandomize=False, **UNHURRIED)
hypothesis.settings.register_profile("fast", derandomize=True, max_examples=20, **UNHURRIED)
hypothesis.settings.load_profile("steady")

# It draws constants out of every module of ours that is imported by then: its examples would depend on the tests that a
# process runs. Exploring, it may.
setattr(providers, "is_local_module_file", lambda path: is_exploring() and is_local_module_file(path))  # noqa: B010

# Tracebacks as Python writes them: with all variables, as structlog likes to show them, one takes seconds, for which
# everything on the loop waits.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# A developer's own `.env` must not change what commands and processes of the tests read.
os.environ["LEADRUN_ENV_FILE"] = ""

# No test trusts anybody outside. Here and in its processes one authority stands for all of the system, which each
# client, sender and program takes 40 ms to read.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("authority.pem"))

# What is imported and collected lives as long as the process: looking through it for garbage again and again took a
# third of the time of collecting.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Look for garbage from the first test on, and only in what the tests make."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    sort_by_length(items)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for tests that start no stack."""
    parser.addoption("--shares", action="store_true", help="each process collects and runs its own share of the files")


def pytest_configure(config: pytest.Config) -> None:
    """Bring the servers where tests may ask for them: what starts them takes a second to import."""
    only_hands_out = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    if not (only_hands_out or config.getoption("shares")):
        config.pluginmanager.register(import_module("tests.servers"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the files of other processes alone, where each has its share."""
    return True if is_of_another_process(collection_path, config) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> StackScheduling | ShareScheduling:
    """Start each stack in one process."""
    return ShareScheduling(config, log) if config.getoption("shares") else StackScheduling(config, log)
