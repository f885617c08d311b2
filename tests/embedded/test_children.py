"""A child that ends is restarted; a child that cannot start is given up, with the end of its log."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded import StartError
from app.embedded.child_process import ChildProcess, Program
from app.embedded.supervisor import Supervisor
from app.embedded.watchdog import Watchdog

PAUSE = 0.02


@pytest.fixture
def watchdog(tmp_path: Path) -> Iterator[Watchdog]:
    """Return a watchdog of the test's own."""
    watchdog = Watchdog(tmp_path / "watchdog")
    yield watchdog
    watchdog.close()


def test_a_child_that_ends_three_times_while_starting_is_given_up_with_the_end_of_its_log(
    watchdog: Watchdog, tmp_path: Path
) -> None:
    reports: list[str] = []
    ended: list[int] = []
    children = Supervisor(watchdog, report=reports.append, on_end=ended.append)
    children.start(_program(tmp_path, "import sys; sys.exit('the disk is full')"))
    with pytest.raises(StartError, match=r"^child does not start: it ended with status 1[^\0]*the disk is full"):
        _poll_until(children, lambda: False)
    children.stop()
    assert len(reports) == 2
    assert len(set(ended)) == 3


def test_once_started_a_child_is_never_given_up_and_its_pauses_grow(watchdog: Watchdog, tmp_path: Path) -> None:
    reports: list[str] = []
    children = Supervisor(watchdog, report=reports.append, on_end=lambda _: None)
    children.starting = False
    children.start(_program(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    _poll_until(children, lambda: len(reports) == 3)
    children.stop()
    assert ["was ended by signal 9" in sentence for sentence in reports] == [True] * 3
    assert [sentence.split(" in ")[1].split(" s ")[0] for sentence in reports] == ["0.5", "1", "2"]


def test_a_child_that_will_not_end_is_ended(watchdog: Watchdog, tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    process = ChildProcess(_program(tmp_path, stubborn), watchdog)
    deadline = time.monotonic() + 60
    while "up" not in process.log_text():
        assert time.monotonic() < deadline
        time.sleep(PAUSE)
    assert process.stop() == -signal.SIGKILL


def _program(directory: Path, code: str) -> Program:
    return Program(
        name="child",
        command=(sys.executable, "-c", code),
        log=directory / "child.log",
        cwd=directory,
        grace=0.5,
    )


def _poll_until(children: Supervisor, done: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        children.poll()
        time.sleep(PAUSE)
