"""Shares the tests among processes: those of one stack in one process, and what takes long first."""

import re
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest
from xdist.scheduler import EachScheduling, LoadScopeScheduling

ROOT = Path(__file__).parents[1]
# Folders whose tests start stacks and take seconds each. The many small ones of the others come last, and fill gaps.
LONG_FIRST = ("contract", "crash", "clients", "web", "embedded", "hostile", "cli", "api", "webhooks", "workers")
# Stacks that live as long as their process, by the folder that shares one and the fixture that gives it.
_STACKS = {"tests/contract/": "house", "tests/clients/": "stood", "tests/web/": "stack|browser"}


def sort_by_length(items: list[pytest.Item]) -> None:
    """Put the folders with long tests in front; the rest stays in its (random) order."""
    rank = {name: number for number, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(ROOT).parts[1], len(rank)))


@cache
def group_of(name: str) -> str:
    """Return what runs in one process: the tests of a file, or of all files of a folder that need its stack."""
    folder = next((one for one in _STACKS if name.startswith(one)), None)
    if folder and re.search(rf"\b({_STACKS[folder]}): ", (ROOT / name).read_text(encoding="utf-8")):
        return folder
    return name


class StackScheduling(LoadScopeScheduling):  # type: ignore[misc] # has no types
    """Hands the tests out group by group, in their order."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        """Keep the order of the groups."""
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


def is_of_another_process(path: Path, config: pytest.Config) -> bool:
    """Return whether a test file belongs to the share of another process; without shares it never does."""
    own: dict[str, str | int] = getattr(config, "workerinput", {})
    if not own or not config.getoption("shares") or not path.name.startswith("test_") or path.suffix != ".py":
        return False
    number = int(str(own["workerid"]).removeprefix("gw"))
    return crc32(path.relative_to(ROOT).as_posix().encode()) % int(own["workercount"]) != number


class ShareScheduling(EachScheduling):  # type: ignore[misc] # has no types
    """Lets each process run what it collected: its own share of the files, so that no file is imported twice."""

    def schedule(self) -> None:
        """Begin, and count the tests of all processes: xdist takes those of the last one for all."""
        self.config.pluginmanager.getplugin("session").testscollected = sum(map(len, self.node2collection.values()))
        super().schedule()
