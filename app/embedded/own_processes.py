"""leadrun's own commands as child processes, and how to see that they are ready."""

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import msgspec

import app
from app.embedded.child_process import ChildProcess, Program

ANSWER_SECONDS = 3.0
WORKER_READY = "worker.ready"


class OwnProcesses(msgspec.Struct, frozen=True, kw_only=True):
    """How a data directory's commands are run.

    Attributes:
        data_dir: Keeps their logs in ``logs/``.
        environ: Their environment.
    """

    data_dir: Path
    environ: Mapping[str, str]

    def program(self, *arguments: str, name: str | None = None, environ: Mapping[str, str] | None = None) -> Program:
        """Describe ``leadrun <arguments>`` as a child.

        Args:
            arguments: Of the command.
            name: Of the child and its log; the first argument unless given.
            environ: Variables for this child alone.
        """
        return Program(
            name=name or arguments[0],
            # -P: a directory `app` in the working directory is not ours.
            command=(sys.executable, "-P", "-m", "app.cli.main", *arguments),
            log=self.data_dir / "logs" / f"{name or arguments[0]}.log",
            cwd=self.data_dir,
            env=self._environ() | dict(environ or {}),
        )

    def _environ(self) -> dict[str, str]:
        source = str(Path(app.__file__).parent.parent)
        path = self.environ.get("PYTHONPATH")
        return {**self.environ, "PYTHONPATH": f"{source}:{path}" if path else source, "PYTHONUNBUFFERED": "1"}


def api_ready(url: str) -> bool:
    """Whether the API answers that it can reach everything it needs."""
    answer = _get(f"{url}/health/ready")
    return answer is not None and answer.status_code == httpx.codes.OK


def key_works(url: str, key: str) -> bool:
    """Whether the API knows a key; where it does not answer, that is no reason to make another."""
    answer = _get(f"{url}/api/v1/credits", {"Authorization": f"Bearer {key}"})
    return answer is None or answer.status_code != httpx.codes.UNAUTHORIZED


def answers(url: str) -> bool:
    """Whether an HTTP server answers, whatever it says."""
    return _get(url) is not None


def worker_ready(worker: ChildProcess) -> bool:
    """Whether the worker has written that it takes work."""
    return WORKER_READY in worker.words()


def _get(url: str, headers: Mapping[str, str] | None = None) -> httpx.Response | None:
    try:
        # Never through a proxy of the environment: it is this machine.
        with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as client:
            return client.get(url, headers=headers)
    except httpx.TransportError:
        return None
