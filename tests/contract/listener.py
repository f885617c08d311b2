"""A `leadrun listen` of the tests: started as a process, read line by line, ended as Ctrl-C ends it."""

import json
import select
import signal
import subprocess
from typing import Any, Self

from tests.contract.supervised import LEADRUN, ROOT, clean_environ

SECONDS = 60.0


class Listener:
    """One running `leadrun listen`."""

    def __init__(self, *arguments: str, **environ: str) -> None:
        """Start it on a free port; `url` is where it takes deliveries."""
        self.popen = subprocess.Popen(
            [*LEADRUN, "listen", "--port", "0", *arguments],
            cwd=ROOT,
            env={**clean_environ(), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._rest = b""
        line = self.line()
        self.url: str = json.loads(line)["webhookUrl"] if "--json" in arguments else line.removeprefix("webhookUrl: ")

    def line(self) -> str:
        """Return the next line; fails with what was said instead."""
        stdout = self.popen.stdout
        assert stdout
        while b"\n" not in self._rest:
            readable, _, _ = select.select([stdout], [], [], SECONDS)
            # Past the buffer, which `select` does not see.
            chunk = stdout.raw.read(65536) if readable else b""  # type: ignore[attr-defined]
            if not chunk:
                self.popen.kill()
                raise AssertionError(f"no line; it said: {self._rest!r} {self.popen.communicate()!r}")
            self._rest += chunk
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode()

    def heard(self) -> dict[str, Any]:
        """Return the next delivery that was reported as JSON."""
        heard: dict[str, Any] = json.loads(self.line())
        return heard

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Send a signal and wait; returns the status and what was complained of."""
        self.popen.send_signal(number)
        _, stderr = self.popen.communicate(timeout=20)
        return self.popen.returncode, stderr.decode()

    def __enter__(self) -> Self:
        """Use it until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, unless the test did."""
        if self.popen.poll() is None:
            self.end()
