"""Starts leadrun's own processes and the servers again whenever one ends, with a growing pause."""

import time
from collections.abc import Callable

import msgspec

from app.embedded.child_process import ChildProcess, Program, stop_all
from app.embedded.errors import StartError
from app.embedded.watchdog import Watchdog

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SETTLED_SECONDS = 60.0
TRIES_AT_START = 3


class _Child(msgspec.Struct):
    """One supervised program: how it runs now, and how it has fared."""

    process: ChildProcess
    started: float
    pause: float = FIRST_PAUSE
    due: float | None = None
    ends: int = 0


class Supervisor:
    """The processes of one `leadrun up`.

    While starting, a program that ends three times is given up; afterwards none ever is.
    """

    def __init__(self, guard: Watchdog, *, tell: Callable[[str], None], bury: Callable[[int], None]) -> None:
        """Begin with none.

        Args:
            guard: Ends them when we are killed.
            tell: Takes one sentence for the person in front of it.
            bury: Takes the pid of a process that has ended by itself.
        """
        self._guard = guard
        self._tell = tell
        self._bury = bury
        self._children: list[_Child] = []
        self.starting = True

    def start(self, program: Program) -> ChildProcess:
        """Start a program and keep it running."""
        process = ChildProcess(program, self._guard)
        self.adopt(process)
        return process

    def adopt(self, process: ChildProcess) -> None:
        """Keep a process running that is started already."""
        self._children.append(_Child(process=process, started=time.monotonic()))

    def current(self, name: str) -> ChildProcess:
        """Return the process that runs under a program's name now."""
        return next(child.process for child in self._children if child.process.program.name == name)

    def look(self) -> None:
        """See who has ended, and start again whose pause is over; call it a few times a second.

        Raises:
            StartError: When a program has ended for the third time while we are still starting.
        """
        now = time.monotonic()
        for child in self._children:
            if child.due is None:
                self._notice(child, now)
            elif now >= child.due:
                child.process = ChildProcess(child.process.program, self._guard)
                child.started, child.due = now, None

    def stop(self) -> None:
        """End all, the servers after everybody who uses them."""
        running = [child.process for child in self._children if child.due is None]
        stop_all([process for process in running if not process.program.serves_others])
        stop_all([process for process in running if process.program.serves_others])
        self._children.clear()

    def _notice(self, child: _Child, now: float) -> None:
        status = child.process.ended()
        if status is None:
            return
        child.process.stop()  # whatever of its group stayed behind
        self._bury(child.process.pid)
        child.ends += 1
        program = child.process.program
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        if self.starting and child.ends >= TRIES_AT_START:
            raise StartError(f"{program.name} does not start: it {how}. Its last words:\n{child.process.last_words()}")
        if now - child.started > SETTLED_SECONDS:
            child.pause = FIRST_PAUSE
        self._tell(f"{program.name} {how}; starting it again in {child.pause:g} s ({program.log} may say why).")
        child.due = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)
