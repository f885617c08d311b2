"""A campaign says how a process has ended that it attacked."""

import os
import subprocess
import sys

import pytest

from tests.hostile.campaign import how_lost

WAYS = {
    "import sys; sys.exit(3)": "exit status 3",
    "import os; os.kill(os.getpid(), 9)": "SIGKILL",
    "import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.abort()": "SIGABRT",
}


@pytest.mark.parametrize(("program", "ending"), WAYS.items())
def test_the_ending_of_a_lost_process_is_named_and_left_to_who_started_it(program: str, ending: str) -> None:
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", program])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert how_lost(child.pid) == ending
    assert child.wait() != 0
    assert how_lost(child.pid) == "it is no child of ours, so that nobody knows its status"


def test_a_process_that_runs_is_not_lost() -> None:
    assert how_lost(os.getpid()) == ""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert how_lost(child.pid) == ""
