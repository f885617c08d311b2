"""The supervisor: restarts leadrun's own processes and the servers when they end, after a growing pause."""

import time
from collections.abc import Callable

import msgspec

from app.embedded import StartError
from app.embedded.child_process import ChildProcess, Fork, Program, stop_all
from app.embedded.watchdog import Watchdog

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SETTLED_SECONDS = 60.0
TRIES_AT_START = 3


class _Child(msgspec.Struct):
    """One supervised program: its present process, and its restarts."""

    process: ChildProcess
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None
    ends: int = 0


class Supervisor:
    """The processes of one `leadrun up`.

    While `starting`, a program that ends three times fails the start; afterwards each is restarted for ever.
    """

    def __init__(
        self,
        watchdog: Watchdog,
        *,
        report: Callable[[str], None],
        on_end: Callable[[int], None],
        fork: Fork | None = None,
    ) -> None:
        """Begin without processes.

        Args:
            watchdog: Stops them when this process is killed.
            report: Takes one sentence for the operator.
            on_end: Takes the pid of a process that has ended by itself.
            fork: A fork server's, for leadrun's own programs.
        """
        self._watchdog = watchdog
        self._report = report
        self._on_end = on_end
        self._fork = fork
        self._children: list[_Child] = []
        self.starting = True

    def start(self, program: Program) -> ChildProcess:
        """Start a program and keep it running."""
        process = ChildProcess(program, self._watchdog, self._fork)
        self.adopt(process)
        return process

    def adopt(self, process: ChildProcess) -> None:
        """Keep a process running that is started already."""
        self._children.append(_Child(process=process, started=time.monotonic()))

    def current(self, name: str) -> ChildProcess:
        """Return the present process of a program."""
        return next(child.process for child in self._children if child.process.program.name == name)

    def poll(self) -> None:
        """Notice processes that have ended, and restart those whose pause is over.

        Call it when a child has ended, and twice a second.

        Raises:
            StartError: When a program has ended for the third time while starting.
        """
        now = time.monotonic()
        for child in self._children:
            if child.restart_at is None:
                self._notice_end(child, now)
            elif now >= child.restart_at:
                child.process = ChildProcess(child.process.program, self._watchdog, self._fork)
                child.started, child.restart_at = now, None

    def stop(self) -> None:
        """Stop all; the servers after the programs that use them."""
        running = [child.process for child in self._children if child.restart_at is None]
        stop_all([process for process in running if not process.program.serves_others])
        stop_all([process for process in running if process.program.serves_others])
        self._children.clear()

    def _notice_end(self, child: _Child, now: float) -> None:
        status = child.process.exit_status()
        if status is None:
            return
        child.process.stop()  # the rest of its group
        self._on_end(child.process.pid)
        child.ends += 1
        program = child.process.program
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        if self.starting and child.ends >= TRIES_AT_START:
            raise StartError(
                f"{program.name} does not start: it {how}. The end of its log:\n{child.process.log_tail()}"
            )
        if now - child.started > SETTLED_SECONDS:
            child.pause = FIRST_PAUSE
        self._report(f"{program.name} {how}; restarting it in {child.pause:g} s ({program.log} may say why).")
        child.restart_at = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)
