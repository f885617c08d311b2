"""A child that ends is started again; one that cannot start is given up, with its last words."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded.child_process import ChildProcess, Program
from app.embedded.errors import StartError
from app.embedded.supervisor import Supervisor
from app.embedded.watchdog import Watchdog

PAUSE = 0.02


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Watchdog]:
    """A guardian of the test's own."""
    guard = Watchdog(tmp_path / "guard")
    yield guard
    guard.close()


def test_a_child_that_ends_thrice_while_starting_is_given_up_with_its_last_words(
    guard: Watchdog, tmp_path: Path
) -> None:
    told: list[str] = []
    buried: list[int] = []
    children = Supervisor(guard, tell=told.append, bury=buried.append)
    children.start(_program(tmp_path, "import sys; sys.exit('the disk is full')"))
    with pytest.raises(StartError, match=r"^child does not start: it ended with status 1[^\0]*the disk is full"):
        _look(children, lambda: False)
    children.stop()
    assert len(told) == 2
    assert len(set(buried)) == 3


def test_once_started_a_child_is_never_given_up_and_its_pauses_grow(guard: Watchdog, tmp_path: Path) -> None:
    told: list[str] = []
    children = Supervisor(guard, tell=told.append, bury=lambda _: None)
    children.starting = False
    children.start(_program(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    _look(children, lambda: len(told) == 3)
    children.stop()
    assert ["was ended by signal 9" in sentence for sentence in told] == [True] * 3
    assert [sentence.split(" in ")[1].split(" s ")[0] for sentence in told] == ["0.5", "1", "2"]


def test_a_child_that_will_not_end_is_ended(guard: Watchdog, tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    process = ChildProcess(_program(tmp_path, stubborn), guard)
    deadline = time.monotonic() + 10
    while "up" not in process.words():
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


def _look(children: Supervisor, done: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        children.look()
        time.sleep(PAUSE)
